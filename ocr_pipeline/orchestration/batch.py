"""One stage's work on the documents of one batch."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dagster import AssetExecutionContext, Failure, MetadataValue
from pydantic import BaseModel

from ocr_pipeline.attempt import DocumentRejected, stage
from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.orchestration.resources import SERVICE_FAILURES
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.ledger import LedgerDocument
from ocr_pipeline.storage.stage_outputs import StageOutput, StageOutputs
from ocr_pipeline.versions import Stage

Before = TypeVar("Before", bound=BaseModel)
After = TypeVar("After", bound=BaseModel)

_TELL_SECONDS = 5.0
"""Between two lines in the run's log that say how far a stage is; each costs a write to the database."""


@dataclass
class BatchReport:
    """What a stage did for a batch; every document is counted once."""

    computed: int = 0
    reused: int = 0
    rejections: dict[str, Rejection] = field(default_factory=dict)
    """By file."""
    seconds: float = 0.0
    """Time that this stage took for the documents it computed now."""

    def add(self, file: str, result: BaseModel, *, reused: bool, seconds: float = 0.0) -> None:
        if isinstance(result, Rejection):
            self.rejections[file] = result
        elif reused:
            self.reused += 1
        else:
            self.computed += 1
            self.seconds += seconds

    @property
    def metadata(self) -> dict[str, Any]:
        """As Dagster's UI shows it."""
        rejected = [f"| {file} | `{why.code}` | {why.message} |" for file, why in self.rejections.items()]
        return {
            "documents": self.computed + self.reused + len(self.rejections),
            "computed now": self.computed,
            "reused": self.reused,
            "rejected": len(rejected),
            "seconds": round(self.seconds, 3),
            **({"seconds per document": round(self.seconds / self.computed, 3)} if self.computed else {}),
            **(
                {"rejections": MetadataValue.md("\n".join(["| file | code | why |", "|---|---|---|", *rejected]))}
                if rejected
                else {}
            ),
        }


def run_stage(
    context: AssetExecutionContext,
    name: Stage,
    *,
    documents: Sequence[LedgerDocument],
    before: StageOutputs[Before],
    after: StageOutputs[After],
    work: Callable[[str, Before], After],
    settings: Settings,
) -> BatchReport:
    """Makes the output of stage `name` for each document that has none yet in this version.

    `work` gets a document's SHA-256 and the output of the stage before. A rejection of an earlier stage is handed
    on; one of this stage stays with its document. Raises what says that a service is down: then the run fails, and
    what is done stays done.
    """
    report = BatchReport()
    told = time.monotonic()
    for position, document in enumerate(documents):
        if time.monotonic() - told > _TELL_SECONDS:
            told = time.monotonic()
            context.log.info(f"{position} of {len(documents)} documents done")
        if document.sha256 is None:
            report.add(document.file, unread(document, settings), reused=False)
            continue
        output, reused = _stage_output(name, document.sha256, before, after, work)
        report.add(document.file, output.result, reused=reused, seconds=output.seconds.get(name, 0.0))
    return report


def unread(document: LedgerDocument, settings: Settings) -> Rejection:
    """Why a document has no content hash: its file was not read, being too large or gone."""
    if document.size > settings.max_file_bytes:
        return Rejection.of(ErrorCode.FILE_TOO_LARGE, size=document.size, limit=settings.max_file_bytes)
    return Rejection.of(ErrorCode.FILE_MISSING, key=document.object_key)


def load_output(outputs: StageOutputs[Before], sha256: str) -> StageOutput[Before]:
    """Raises Failure where the stage has not run in its present version."""
    output = outputs.load(sha256)
    if output is None:
        raise Failure(
            f"An earlier stage has no output for {sha256} in its present version; "
            "materialize this batch from raw_images on."
        )
    return output


def is_settled(output: StageOutput[After] | None) -> bool:
    """Whether an output is there and trying again would not change it."""
    return output is not None and not (isinstance(output.result, Rejection) and output.result.retryable)


def _stage_output(
    name: Stage,
    sha256: str,
    before: StageOutputs[Before],
    after: StageOutputs[After],
    work: Callable[[str, Before], After],
) -> tuple[StageOutput[After], bool]:
    """The output, and whether it was there already."""
    known = after.load(sha256)
    if known is not None and is_settled(known):
        return known, True
    earlier = load_output(before, sha256)
    seconds = dict(earlier.seconds)
    result: After | Rejection
    if isinstance(earlier.result, Rejection):
        result = earlier.result
    else:
        try:
            with stage(name, seconds, let_through=SERVICE_FAILURES):
                result = work(sha256, earlier.result)
        except DocumentRejected as rejected:
            result = rejected.rejection
    output = StageOutput[After](result=result, seconds=seconds)
    after.save(sha256, output)
    return output, False
