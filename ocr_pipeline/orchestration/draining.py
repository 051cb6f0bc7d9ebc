"""A worker that is told to stop: its run goes on for a while, and is then handed back between two documents.

Celery's main process gets the signal, and the run is in a process of its pool: the moment at which it has to end lies
in memory that both share, since the pool's processes are forks.
"""

import time
from ctypes import c_double
from math import inf
from multiprocessing.sharedctypes import RawValue

from dagster import DagsterInstance, DagsterRunStatus, Failure
from dagster._core.storage.tags import PARTITION_NAME_TAG

from ocr_pipeline.storage.ledger import Ledger

HANDED_BACK_TAG = "ocr_pipeline/handed_back"
"""On a run that failed for no other reason than that its worker was to stop."""

_end = RawValue(c_double, inf)
"""On the machine's monotonic clock, which all its processes share."""


class Draining(Failure):
    """Ends the run; what is done stays done, and another worker goes on."""

    def __init__(self) -> None:
        super().__init__("The worker was told to stop, and hands the batch back to another.", allow_retries=False)


class _Process:
    hands_back = False
    """Whether this process has broken off a run; it takes no other."""


def begin(seconds: float) -> None:
    """The run that is under way may go on for so long."""
    _end.value = min(_end.value, time.monotonic() + seconds)


def stop_if_draining() -> None:
    """Raises Draining once the time is up. Costs nothing: to be asked before each document, from any thread."""
    if time.monotonic() >= _end.value:
        _Process.hands_back = True
        raise Draining


def hands_back() -> bool:
    """Whether this process broke off the run that it had."""
    return _Process.hands_back


def hand_back(instance: DagsterInstance, run_id: str, ledger: Ledger) -> None:
    """Has the batch of a run that was broken off looked at by the sensor at once, which starts another run."""
    run = instance.get_run_by_id(run_id)
    if run is None or run.status == DagsterRunStatus.SUCCESS:
        return
    instance.add_run_tags(run_id, {HANDED_BACK_TAG: "true"})
    if batch := run.tags.get(PARTITION_NAME_TAG):
        ledger.hand_over(batch)
