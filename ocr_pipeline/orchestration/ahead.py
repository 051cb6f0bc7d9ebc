"""The stages of a batch that somebody waits for, ahead of the steps of its run.

Dagster writes to its database before, between and after the steps of a run, and that takes about as long as reading a
receipt. So a thread carries out the stages first: the functions of the assets, in their order. A step then takes over
what came of its stage, be it a failure, and waits for it where it is not done yet. A stage counts as done when all that
it made is in S3, though the next one begins before; the last waits for that before it writes its tables.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from pydantic import PrivateAttr

from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.wanted import NoLongerWanted, require_wanted
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline.storage.store_behind import StoreBehind
from ocr_pipeline.versions import Stage

_log = logging.getLogger(__name__)

Work = Callable[[Any, Services], Any]
"""Of a stage: given something with the batch as `partition_key`, and a `log`, it returns what its step returns."""

_works: dict[Stage, Work] = {}
_under_way: dict[str, "_Stages"] = {}
"""By batch."""


def register(stage: Stage, work: Work) -> None:
    """Stages are registered in the order in which they are carried out."""
    _works[stage] = work


@contextmanager
def stages_ahead(batch: str) -> Iterator[threading.Event]:
    """Carries out the stages of a batch; the event is set when all are done, or one has failed.

    Whoever leaves before waits for the stage that is under way; no other is begun then.
    """
    with StoreBehind(Services().store) as store:
        services = _ServicesAhead()
        services._store_ahead = store
        stages = _Stages(batch, services, store)
        _under_way[batch] = stages
        stages.start()
        try:
            yield stages.are_done
        finally:
            del _under_way[batch]
            stages.end()


def result_of(batch: str, stage: Stage) -> Future[Any] | None:
    """What comes of a stage that is carried out ahead; None where it is not."""
    stages = _under_way.get(batch)
    return None if stages is None else stages.results[stage]


@dataclass(frozen=True)
class _Context:
    partition_key: str
    log: logging.Logger = _log


class _ServicesAhead(Services):
    _store_ahead: StoreBehind = PrivateAttr()

    @property
    def store(self) -> ObjectStore:
        return self._store_ahead


class _Stages:
    def __init__(self, batch: str, services: Services, store: StoreBehind) -> None:
        self.results: dict[Stage, Future[Any]] = {stage: Future() for stage in _works}
        self.are_done = threading.Event()
        self._batch = batch
        self._services = services
        self._store = store
        self._seen: list[LedgerDocument] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._carry_out, name="stages-ahead")

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._is_over.set()
        self._thread.join()
        # The stages asked before all was written that they had made.
        for document in self._seen:
            with suppress(NoLongerWanted):
                require_wanted(self._services, document)

    def _carry_out(self) -> None:
        try:
            for stage, work in _works.items():
                if self._is_over.is_set() or not self._carry_out_one(stage, work):
                    return
        finally:
            self.are_done.set()

    def _carry_out_one(self, stage: Stage, work: Work) -> bool:
        try:
            result = work(_Context(self._batch), self._services)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the step raises it
            self.results[stage].set_exception(error)
            return False
        self._store.when_settled(lambda failure: self._conclude(stage, result, failure))
        return True

    def _conclude(self, stage: Stage, result: object, failure: Exception | None) -> None:
        try:
            self._seen = self._seen or self._services.ledger.batch_documents(self._batch)
        except Exception as error:  # noqa: BLE001 - as above
            failure = failure or error
        if failure is None:
            self.results[stage].set_result(result)
        else:
            self.results[stage].set_exception(failure)
