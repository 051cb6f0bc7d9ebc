"""A stage's work on the documents of a run, one by one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, NamedTuple, TypeVar

from dagster import Failure
from pydantic import BaseModel

from ocr_pipeline.attempt import DocumentRejected, stage
from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.orchestration.document_outputs import DocumentOutputs
from ocr_pipeline.orchestration.resources import SERVICE_FAILURES, Services
from ocr_pipeline.orchestration.run_services import RunServices
from ocr_pipeline.orchestration.wanted import NoLongerWanted, leave, require_wanted
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.storage.stage_outputs import StageOutput
from ocr_pipeline.versions import Stage

Before = TypeVar("Before", bound=BaseModel)
After = TypeVar("After", bound=BaseModel)

CANCELLED = Rejection.of(ErrorCode.CANCELLED)

_MOST_BEGINNINGS = 3
"""Work on a document that began this often and never came to an end is not begun again."""


class Passed(NamedTuple):
    """What came of a document in a stage."""

    document: LedgerDocument
    """With what the stage found out about it."""
    rejection: Rejection | None
    reused: bool = False
    """Whether the output was there already."""
    is_set_apart: bool = False
    """Whether it goes on in another batch."""


class DocumentStage(ABC):
    """Called by several threads, each with another document; `at_once` at a time, where that is not None."""

    def __init__(self, services: RunServices, name: Stage, at_once: int | None = None) -> None:
        self.services = services
        self.name: Stage = name
        self.at_once = at_once

    @abstractmethod
    def work_on(self, document: LedgerDocument) -> Passed:
        """Raises NoLongerWanted, and what says that a service is down: then no other document is begun."""

    def metadata(self, batch: str) -> dict[str, Any]:  # noqa: ARG002 - for those that have something to tell of it
        """What Dagster's UI shows of the batch besides the counts, once all documents are through."""
        return {}

    @contextmanager
    def attempt(self, document: LedgerDocument, seconds: dict[str, float]) -> Iterator[None]:
        """Work on a document. Whatever goes wrong with the document comes out as DocumentRejected.

        That includes work that took its process along several times: it is not begun again, so that the document's
        neighbours get on. Raises NoLongerWanted instead of beginning.
        """
        begun = self.services.beginnings.begin(document.id, self.name)
        if begun is None:
            leave(self.services, document)
        if begun > _MOST_BEGINNINGS:
            detail = f"it ended its worker {_MOST_BEGINNINGS} times"
            raise DocumentRejected(Rejection.of(ErrorCode.PROCESSING_FAILED, stage=self.name, detail=detail))
        with stage(self.name, seconds, let_through=(*SERVICE_FAILURES, NoLongerWanted)):
            yield


class OutputStage(DocumentStage, Generic[Before, After]):
    """Makes the output of each document that has none yet in this version from that of the stage before.

    A rejection of an earlier stage is handed on; one of this stage stays with its document. `work` may raise
    NoLongerWanted.
    """

    def __init__(
        self,
        services: RunServices,
        name: Stage,
        *,
        before: DocumentOutputs[Before],
        after: DocumentOutputs[After],
        work: Callable[[LedgerDocument, Before], After],
        at_once: int | None = None,
    ) -> None:
        super().__init__(services, name, at_once)
        self._before, self._after, self._work = before, after, work

    def work_on(self, document: LedgerDocument) -> Passed:
        refusal = document.refusal if document.is_wanted else CANCELLED
        if refusal is not None:
            return Passed(document, refusal)
        output, reused = self._output(document)
        return Passed(document, output.result if isinstance(output.result, Rejection) else None, reused)

    def _output(self, document: LedgerDocument) -> tuple[StageOutput[After], bool]:
        earlier = load_output(self.services, self._before, document)
        seconds = dict(earlier.seconds)
        result: After | Rejection
        if isinstance(earlier.result, Rejection):
            result = earlier.result
        else:
            # Versions are chained: what was computed from is part of this stage's version.
            known = self._known(document)
            if known is not None and not (isinstance(known.result, Rejection) and known.result.retryable):
                return known, True
            try:
                with self.attempt(document, seconds):
                    result = self._work(document, earlier.result)
            except DocumentRejected as rejected:
                result = rejected.rejection
        output = StageOutput[After](result=result, seconds=seconds)
        self._after.save(document, output)
        return output, False

    def _known(self, document: LedgerDocument) -> StageOutput[After] | None:
        # Of what the run itself made just now, nobody else made anything.
        is_there = self._after.is_new(document) or not self._before.is_new(document)
        return self._after.load(document) if is_there else None


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
