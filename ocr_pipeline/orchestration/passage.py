"""How the documents of a run go through its stages."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from functools import partial
from typing import Any, NamedTuple

from ocr_pipeline import tracing
from ocr_pipeline.cores import core_count
from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.orchestration.at_once import run_at_once
from ocr_pipeline.orchestration.batch_report import BatchReport
from ocr_pipeline.orchestration.document_stage import CANCELLED, DocumentStage, Passed
from ocr_pipeline.orchestration.draining import stop_if_draining
from ocr_pipeline.orchestration.groups import Group, together_and_alone
from ocr_pipeline.orchestration.run_services import RunServices
from ocr_pipeline.orchestration.telling import tell_progress
from ocr_pipeline.orchestration.wanted import NoLongerWanted, leave
from ocr_pipeline.storage.batch_accounts import wanted_documents
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.versions import Stage

_LOOK_SECONDS = 1.0
"""Between two looks at how far the run is, and at what is no longer wanted of it."""


class Through(NamedTuple):
    """The documents of a batch that are through a stage."""

    documents: frozenset[str]
    """Ids."""
    report: BatchReport


class RunEnded(Exception):  # noqa: N818 - nothing is wrong
    """Nobody waits for the documents any more."""


class Passage:
    """The documents of `batches` on their way through `stages`; `conclude` is called as soon as all are through one,
    with what came of them by batch.

    Once `is_over` is set no document begins another stage.
    """

    def __init__(
        self,
        services: RunServices,
        batches: Sequence[str],
        stages: Sequence[DocumentStage],
        is_over: threading.Event,
        conclude: Callable[[Stage, dict[str, Through]], None],
    ) -> None:
        self._services = services
        self._stages = stages
        self._is_over = is_over
        self._conclude = conclude
        load = services.ledger.start_batch if stages[0].name == "raw_images" else services.ledger.batch_documents
        self.documents = [document for batch in batches for document in load(batch)]
        self._totals = Counter(dict.fromkeys(batches, 0))
        self._totals.update(document.batch for document in self.documents if document.batch)
        self._passed: dict[Stage, dict[str, tuple[Rejection | None, bool]]] = {stage.name: {} for stage in stages}
        self._left = Counter({stage.name: len(self.documents) for stage in stages})
        """Of each stage, the documents that are not through yet."""
        self._furthest = 0
        self._begins = time.perf_counter()
        self._lock = threading.Lock()
        self._unwanted: set[str] = set()
        """Documents that were cancelled or erased meanwhile."""
        self._contents: dict[str, threading.Lock] = {}
        self._permits = {
            stage.name: threading.Semaphore(stage.at_once) if stage.at_once else nullcontext() for stage in stages
        }

    def carry_out(self) -> None:
        """Raises what says that a service is down, Draining and RunEnded."""
        self._tell()
        begun = self._services.beginnings.begun(list(self._totals)) if len(self.documents) > 1 else {}
        if begun:
            self._one_stage_after_the_other(begun)
        else:
            take = tracing.carried(self._take_through)
            tasks = [partial(take, document) for document in self.documents]
            run_at_once(tasks, self._threads(), self._look, _LOOK_SECONDS)
        if not self.documents:
            self._conclude_all([stage.name for stage in self._stages])

    def how_far(self, stage: Stage) -> str:
        if stage not in self._passed:
            return "All documents are through the stages before."
        return f"{len(self._passed[stage])} of {len(self.documents)} documents done"

    def metadata(self, stage: Stage, batch: str) -> dict[str, Any]:
        """What the stage itself has to tell of a batch, once all documents are through."""
        return next(each.metadata(batch) for each in self._stages if each.name == stage)

    def _threads(self) -> int:
        """One more than there are cores: while those compute, services are asked. More where stages wait for others."""
        return max(core_count() + 1, *(stage.at_once or 0 for stage in self._stages))

    def _take_through(self, document: LedgerDocument) -> None:
        with ExitStack() as held:
            held.callback(self._services.beginnings.end, document.id)
            is_first_of_content = False
            for stage in self._stages:
                # The same content is worked on once: who comes second finds what the first has made.
                if document.content is not None and not is_first_of_content:
                    held.enter_context(self._contents.setdefault(document.content, threading.Lock()))
                    is_first_of_content = True
                passed = self._pass(stage, document)
                if passed.is_set_apart:
                    return
                document = passed.document

    def _one_stage_after_the_other(self, begun: dict[str, int]) -> None:
        documents = {document.id: document for document in self.documents}

        @tracing.carried
        def take(stage: DocumentStage, group: Group) -> None:
            for document in group:
                try:
                    passed = self._pass(stage, document)
                finally:
                    self._services.beginnings.end(document.id)
                if passed.is_set_apart:
                    del documents[document.id]
                else:
                    documents[document.id] = passed.document

        for stage in self._stages:
            together, alone = together_and_alone(list(documents.values()), begun)
            for groups, at_once in ((together, stage.at_once or core_count() + 1), (alone, 1)):
                run_at_once([partial(take, stage, group) for group in groups], at_once, self._look, _LOOK_SECONDS)

    def _pass(self, stage: DocumentStage, document: LedgerDocument) -> Passed:
        with self._permits[stage.name]:
            if self._is_over.is_set():
                raise RunEnded
            stop_if_draining()
            try:
                if document.id in self._unwanted and document.refusal is None:
                    leave(self._services, document)
                with tracing.span(stage.name, batch=document.batch, document=document.id):
                    passed = stage.work_on(document)
            except NoLongerWanted:
                passed = Passed(document._replace(refusal=CANCELLED), CANCELLED)
        self._count(stage, document, passed)
        return passed

    def _count(self, stage: DocumentStage, document: LedgerDocument, passed: Passed) -> None:
        place = self._stages.index(stage)
        # What goes on in another batch does not come to the other stages.
        through = self._stages[place:] if passed.is_set_apart else [stage]
        with self._lock:
            self._passed[stage.name][document.id] = (passed.rejection, passed.reused)
            self._left.subtract(one.name for one in through)
            if document.refusal is None:
                self._furthest = max(self._furthest, place)
            ended = [one.name for one in through if not self._left[one.name]]
        self._conclude_all(ended)

    def _conclude_all(self, stages: Sequence[Stage]) -> None:
        for stage in stages:
            self._tell()
            self._conclude(stage, {batch: self._through(stage, batch) for batch in self._totals})

    def _through(self, stage: Stage, batch: str) -> Through:
        passed = self._passed[stage]
        report = BatchReport(seconds=time.perf_counter() - self._begins)
        documents = [document for document in self.documents if document.batch == batch and document.id in passed]
        for document in documents:
            rejection, reused = passed[document.id]
            report.add(document.file, rejection, reused=reused)
        return Through(frozenset(document.id for document in documents), report)

    def _look(self) -> None:
        self._tell()
        wanted = wanted_documents(self._services.database, list(self._totals))
        known = {document.id for document in self.documents if document.is_wanted}
        self._unwanted = known.difference(*wanted.values())

    def _tell(self) -> None:
        """Of each batch, how many documents are through the last stage in which there was something to do."""
        with self._lock:
            stage = self._stages[self._furthest].name
            passed = self._passed[stage].keys()
            done = Counter(document.batch for document in self.documents if document.id in passed)
        for batch, total in self._totals.items():
            tell_progress(self._services, batch, stage, done[batch], total)
