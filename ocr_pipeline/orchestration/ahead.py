"""The stages of a run, ahead of its steps.

Dagster takes the steps of a run one after the other, and writes to its database before, between and after them. The
documents need not wait for that: a few threads take each document through all stages of the run, so that one is
structured while the next is recognized and another one decoded. What they make is written to S3 behind their back. A
step takes over what came of its stage, be it a failure, and waits for it where it is not done yet. A stage is done when
all documents are through and all that it made is in S3. The tables are written after that, all at once.

Where work on documents of the run was begun before and its worker ended, one stage follows the other: any of these
documents may be to blame, and is worked on while nothing else is.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from functools import partial
from typing import Any

from dagster import AssetExecutionContext, Failure

from ocr_pipeline import tracing
from ocr_pipeline.orchestration.checks.came_through import check_came_through
from ocr_pipeline.orchestration.checks.events import BatchResult
from ocr_pipeline.orchestration.current_run import require_current
from ocr_pipeline.orchestration.document_stage import DocumentStage
from ocr_pipeline.orchestration.passage import Passage, Through
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.run_services import RunServices
from ocr_pipeline.orchestration.wanted import sweep_erased
from ocr_pipeline.storage.batch_accounts import wanted_documents
from ocr_pipeline.storage.store_behind import StoreBehind
from ocr_pipeline.versions import Stage

_LOG_SECONDS = 5.0
"""Between two lines in the run's log that say how far a stage is; each costs a write to the database."""

MakeStage = Callable[[RunServices], DocumentStage]
WriteTables = Callable[[Sequence[str], Services], Any]
"""Given the batches of the run."""

_document_stages: dict[Stage, MakeStage] = {}
_last_stage: dict[Stage, WriteTables] = {}
_under_way: dict[str, "StagesAhead"] = {}
"""By batch."""


def register_document_stage(stage: Stage, make: MakeStage) -> None:
    """Stages are registered in the order in which documents go through them."""
    _document_stages[stage] = make


def register_last_stage(stage: Stage, write: WriteTables) -> None:
    """`write` returns what the stage's step returns."""
    _last_stage[stage] = write


def stages_of(context: AssetExecutionContext, services: Services) -> "StagesAhead":
    """The stages of the run that a step belongs to; they begin with its first step, where they have not begun yet."""
    found = _under_way.get(context.partition_keys[0])
    if found is None:
        current = partial(require_current, context.instance, context.run.run_id)
        found = _begin(services, context.partition_keys, _selected(context), current)
    return found


@contextmanager
def stages_ahead(batch: str) -> Iterator["StagesAhead"]:
    """Carries out all stages of a batch, whose run is still to be created.

    Whoever leaves before waits for the documents that are under way; no other is begun then.
    """
    stages = _begin(Services(), [batch], [*_document_stages, *_last_stage])
    try:
        yield stages
    finally:
        stages.end()


def end_all() -> None:
    """Ends the stages of runs that were cut short before their last step: the process has no run under way."""
    for stages in set(_under_way.values()):
        stages.end()


class StagesAhead:
    """`stages` are among the registered ones, in their order; `require_current` raises once the run was given up.

    `are_done` is set when all stages are done, or one has failed.
    """

    def __init__(
        self, services: Services, batches: Sequence[str], stages: Sequence[Stage], require_current: Callable[[], object]
    ) -> None:
        self.are_done = threading.Event()
        self._batches = batches
        self.require_current = require_current
        self._stages = stages
        self._results: dict[Stage, Future[Any]] = {stage: Future() for stage in stages}
        self._is_over = threading.Event()
        self._store = StoreBehind(services.store)
        self._own_services = services
        self._services = RunServices.of(self._store)
        self._passage: Passage | None = None
        self._thread = threading.Thread(target=tracing.carried(self._carry_out), name="stages-ahead")

    def start(self) -> None:
        self._thread.start()

    def is_last(self, stage: Stage) -> bool:
        """Whether no step of the run comes after this one's."""
        return stage == self._stages[-1]

    def result(self, stage: Stage, tell: Callable[[str], object]) -> Any:
        """What came of the stage; waits for it, and says now and then how far it is. Raises what made it fail."""
        future = self._results[stage]
        while not wait([future], timeout=_LOG_SECONDS).done:
            self.require_current()
            if self._passage is not None:
                tell(self._passage.how_far(stage))
        return future.result()

    def batch_results(self, stage: Stage, tell: Callable[[str], object]) -> dict[str, BatchResult]:
        """As `result`, of a stage that works on documents."""
        through: dict[str, Through] = self.result(stage, tell)
        wanted = wanted_documents(self._own_services.database, self._batches)
        return {
            batch: BatchResult(
                {**of_batch.report.metadata, **(self._passage.metadata(stage, batch) if self._passage else {})},
                [check_came_through(wanted[batch], of_batch.documents)],
            )
            for batch, of_batch in through.items()
        }

    def end(self) -> None:
        """Waits for what is under way, and lets nothing else begin; may be called again."""
        self._is_over.set()
        self._thread.join()
        for batch in self._batches:
            _under_way.pop(batch, None)
        if self._passage is not None:
            # The stages asked before all was written that they had made.
            sweep_erased(self._own_services, self._passage.documents)
            self._passage = None

    def _carry_out(self) -> None:
        try:
            with self._store:
                self._pass_documents()
                self._require_all()
                for stage, write in _last_stage.items():
                    if stage in self._results and not self._is_over.is_set():
                        self.require_current()
                        self._results[stage].set_result(write(self._batches, self._services))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the steps raise it
            for result in self._results.values():
                if not result.done():
                    result.set_exception(error)
        finally:
            self.are_done.set()

    def _pass_documents(self) -> None:
        stages = [make(self._services) for stage, make in _document_stages.items() if stage in self._results]
        if not stages:
            return
        self._passage = Passage(self._services, self._batches, stages, self._is_over, self._conclude)
        self._passage.carry_out()

    def _require_all(self) -> None:
        """Raises Failure where a document is missing, before tables are written: the check of its stage says which."""
        if self._passage is not None:
            wanted = wanted_documents(self._own_services.database, self._batches)
            if set().union(*wanted.values()).difference(document.id for document in self._passage.documents):
                raise Failure("Not every document of the run came through its stages.")

    def _conclude(self, stage: Stage, through: dict[str, Through]) -> None:
        def settled(failure: Exception | None) -> None:
            if failure is None:
                self._results[stage].set_result(through)
            else:
                self._results[stage].set_exception(failure)

        self._store.when_settled(settled)


def _begin(
    services: Services,
    batches: Sequence[str],
    stages: Sequence[Stage],
    require_current: Callable[[], object] = lambda: None,
) -> StagesAhead:
    begun = StagesAhead(services, batches, stages, require_current)
    _under_way.update(dict.fromkeys(batches, begun))
    begun.start()
    return begun


def _selected(context: AssetExecutionContext) -> list[Stage]:
    """The stages that have a step in the run."""
    keys = {key.to_user_string() for key in context.job_def.asset_layer.executable_asset_keys}
    if context.run.step_keys_to_execute:
        keys &= set(context.run.step_keys_to_execute)
    return [stage for stage in (*_document_stages, *_last_stage) if stage in keys]
