"""What an unfinished batch needs: patience, a run, or an end.

One rule covers all that can go wrong with a run: a request that came to nothing, a run that never began, a worker
that died, a service that was down. As long as documents of a batch have no final state, there is a run of it, or one
will be started; only after a long time, or when a person canceled it, are they given up, which is a rejection that
says so.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunRecord, RunsFilter
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES
from dagster._core.storage.tags import PARTITION_NAME_TAG

from ocr_pipeline.orchestration.run_launcher import WarmWorkerRunLauncher
from ocr_pipeline.storage.run_queue import run_id_of

_UNDER_WAY = {*IN_PROGRESS_RUN_STATUSES, DagsterRunStatus.NOT_STARTED, DagsterRunStatus.CANCELING}
_NOT_BEGUN = {DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING}
_BEGIN_SECONDS = 30.0
"""A run that has not begun after this long is looked into: Dagster's run monitoring looks at begun runs only."""
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 900.0
"""Seconds between a run that failed and the next; they double from one to the next."""


class Wait(NamedTuple):
    """Nothing is to be done now."""


class Run(NamedTuple):
    """Start a run."""

    attempt: int
    """How many runs there were before."""


class GiveUp(NamedTuple):
    """Reject what is unfinished."""

    why: str


def next_step(
    instance: DagsterInstance, batch: str, closed_at: datetime, now: datetime, give_up_after: timedelta
) -> Wait | Run | GiveUp:
    records = instance.get_run_records(RunsFilter(tags={PARTITION_NAME_TAG: batch}), limit=50)
    if not records:
        return Wait() if _is_taken(instance, batch) else Run(attempt=0)
    under_way = [record for record in records if record.dagster_run.status in _UNDER_WAY]
    if under_way:
        for record in under_way:
            _end_if_lost(instance, record, now)
        return Wait()
    latest = records[0]
    # One that was canceled before the batch was made to run again says nothing of now.
    if latest.dagster_run.status == DagsterRunStatus.CANCELED and latest.create_timestamp >= closed_at:
        return GiveUp("the run was canceled")
    if now - closed_at > give_up_after:
        return GiveUp(f"the last of {len(records)} runs was {latest.dagster_run.run_id}")
    pause = min(_FIRST_PAUSE * 2 ** (len(records) - 1), _LONGEST_PAUSE)
    if now.timestamp() - (latest.end_time or 0.0) < pause:
        return Wait()
    return Run(attempt=len(records))


def _end_if_lost(instance: DagsterInstance, record: RunRecord, now: datetime) -> None:
    run = record.dagster_run
    is_late = (now - record.create_timestamp).total_seconds() > _BEGIN_SECONDS
    if run.status in _NOT_BEGUN and is_late and _is_lost(instance, run):
        instance.report_run_failed(run, "The run did not begin, and no worker has it to begin with.")


def _is_taken(instance: DagsterInstance, batch: str) -> bool:
    """Whether a worker has the batch from the queue of runs that somebody waits for, and will create its run."""
    launcher = instance.run_launcher
    return isinstance(launcher, WarmWorkerRunLauncher) and launcher.is_taken(run_id_of(batch))


def _is_lost(instance: DagsterInstance, run: DagsterRun) -> bool:
    launcher = instance.run_launcher
    return isinstance(launcher, WarmWorkerRunLauncher) and launcher.is_lost(run)
