"""One stage's work on the documents of one batch."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from dagster import AssetExecutionContext, Failure, MetadataValue
from pydantic import BaseModel

from ocr_pipeline.attempt import DocumentRejected, stage
from ocr_pipeline.cores import core_count
from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.orchestration.at_once import run_at_once
from ocr_pipeline.orchestration.document_outputs import DocumentOutputs
from ocr_pipeline.orchestration.resources import SERVICE_FAILURES, Services
from ocr_pipeline.orchestration.telling import tell_progress
from ocr_pipeline.orchestration.wanted import NoLongerWanted, leave, require_wanted
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.storage.stage_outputs import StageOutput
from ocr_pipeline.versions import Stage

Before = TypeVar("Before", bound=BaseModel)
After = TypeVar("After", bound=BaseModel)

CANCELLED = Rejection.of(ErrorCode.CANCELLED)

_MOST_BEGINNINGS = 3
"""Work on a document that began this often and never came to an end is not begun again."""

_TELL_SECONDS = 1.0
"""Between two tellings of how far a stage is."""
_LOG_SECONDS = 5.0
"""Between two lines in the run's log that say the same; each costs a write to the database."""


@dataclass
class BatchReport:
    """What a stage did for a batch; every document is counted once."""

    computed: int = 0
    reused: int = 0
    rejections: dict[str, Rejection] = field(default_factory=dict)
    """By file."""
    seconds: float = 0.0
    """From the stage's begin to its end; what it takes for single documents overlaps."""

    def add(self, file: str, rejection: Rejection | None, *, reused: bool) -> None:
        if rejection is not None:
            self.rejections[file] = rejection
        elif reused:
            self.reused += 1
        else:
            self.computed += 1

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
    services: Services,
    name: Stage,
    *,
    before: DocumentOutputs[Before],
    after: DocumentOutputs[After],
    work: Callable[[LedgerDocument, Before], After],
    at_once: int = 1,
) -> BatchReport:
    """Makes the output of stage `name` for each document of the batch that has none yet in this version.

    `work` gets a document and the output of the stage before; it is called by `at_once` threads. A rejection of an
    earlier stage is handed on; one of this stage stays with its document. A document that is no longer wanted is left
    alone, and `work` may raise NoLongerWanted to say so. Raises what says that a service is down: then no other
    document is begun, and the run fails; what is done stays done.
    """
    started = time.perf_counter()
    batch = context.partition_key
    documents = services.ledger.batch_documents(batch)
    done: dict[str, tuple[Rejection | None, bool]] = {
        document.id: (refusal, False) for document in documents if (refusal := _refusal(document)) is not None
    }

    def make(group: Sequence[LedgerDocument]) -> None:
        for document in group:
            try:
                output, reused = _stage_output(services, name, document, before=before, after=after, work=work)
            except NoLongerWanted:
                done[document.id] = (CANCELLED, False)
            else:
                done[document.id] = (output.result if isinstance(output.result, Rejection) else None, reused)

    logged = started

    def tell() -> None:
        nonlocal logged
        tell_progress(services, batch, name, len(done), len(documents))
        if time.perf_counter() - logged > _LOG_SECONDS:
            logged = time.perf_counter()
            context.log.info(f"{len(done)} of {len(documents)} documents done")

    taken_in = [document for document in documents if document.id not in done]
    together, alone = _apart(taken_in, services.ledger.begun(batch, name) if len(taken_in) > 1 else {})
    run_at_once([partial(make, group) for group in together], at_once, tell, _TELL_SECONDS)
    run_at_once([partial(make, group) for group in alone], 1, tell, _TELL_SECONDS)
    tell()

    report = BatchReport()
    for document in documents:
        rejection, reused = done[document.id]
        report.add(document.file, rejection, reused=reused)
    report.seconds = time.perf_counter() - started
    return report


def documents_at_once() -> int:
    """One more than there are cores: while those compute, S3 is read and written."""
    return core_count() + 1


@contextmanager
def attempt(services: Services, document: LedgerDocument, name: Stage, seconds: dict[str, float]) -> Iterator[None]:
    """Work of a stage on a document. Whatever goes wrong with the document comes out as DocumentRejected.

    That includes work that took its process along several times: it is not begun again, so that the document's
    neighbours get on. Raises NoLongerWanted instead of beginning.
    """
    ledger = services.ledger
    begun = ledger.begin(document.id, name)
    if begun is None:
        leave(services, document)
    if begun > _MOST_BEGINNINGS:
        ledger.end(document.id, name)
        detail = f"it ended its worker {_MOST_BEGINNINGS} times"
        raise DocumentRejected(Rejection.of(ErrorCode.PROCESSING_FAILED, stage=name, detail=detail))
    try:
        with stage(name, seconds, let_through=(*SERVICE_FAILURES, NoLongerWanted)):
            yield
    finally:
        ledger.end(document.id, name)


def load_output(services: Services, outputs: DocumentOutputs[Before], document: LedgerDocument) -> StageOutput[Before]:
    """Raises Failure where the stage has not run in its present version, NoLongerWanted for what was erased since."""
    output = outputs.load(document)
    if output is None:
        require_wanted(services, document)
        raise Failure(
            f"An earlier stage has no output for {document.file} in its present version; "
            "materialize this batch from raw_images on."
        )
    return output


def _refusal(document: LedgerDocument) -> Rejection | None:
    """Why the stages leave the document alone, if they do."""
    return document.refusal if document.is_wanted else CANCELLED


def _apart(
    documents: Sequence[LedgerDocument], begun: dict[str, int]
) -> tuple[list[list[LedgerDocument]], list[list[LedgerDocument]]]:
    """What can be worked on together, and what must be worked on alone, in this order; the same content in one group.

    Alone is what a worker had begun when it ended. Any of it may be to blame, and if it is so again, then without
    company: nothing is blamed for its neighbour more than once. What has been blamed most comes last.
    """
    groups: dict[str, list[LedgerDocument]] = {}
    for document in documents:
        groups.setdefault(document.content or document.id, []).append(document)
    blame = {key: max(begun.get(document.id, 0) for document in group) for key, group in groups.items()}
    together = [group for key, group in groups.items() if not blame[key]]
    alone = [groups[key] for key in sorted(groups, key=blame.__getitem__) if blame[key]]
    return together, alone


def _stage_output(
    services: Services,
    name: Stage,
    document: LedgerDocument,
    *,
    before: DocumentOutputs[Before],
    after: DocumentOutputs[After],
    work: Callable[[LedgerDocument, Before], After],
) -> tuple[StageOutput[After], bool]:
    """The output, and whether it was there already. Raises NoLongerWanted."""
    earlier = load_output(services, before, document)
    seconds = dict(earlier.seconds)
    result: After | Rejection
    if isinstance(earlier.result, Rejection):
        result = earlier.result
    else:
        # Versions are chained: what was computed from is part of this stage's version.
        known = None if before.is_new(document) else after.load(document)
        if known is not None and not (isinstance(known.result, Rejection) and known.result.retryable):
            return known, True
        try:
            with attempt(services, document, name, seconds):
                result = work(document, earlier.result)
        except DocumentRejected as rejected:
            result = rejected.rejection
    output = StageOutput[After](result=result, seconds=seconds)
    after.save(document, output)
    require_wanted(services, document)
    return output, False
