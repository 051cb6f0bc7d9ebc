"""What an unfinished batch needs: patience, a run, or an end.

One rule covers all that can go wrong with a run: a request that came to nothing, a run that never began, a worker
that died, a service that was down. As long as documents of a batch have no final state, there is a run of it, or one
will be started; only after a long time, or when a person canceled it, are they given up, which is a rejection that
says so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunRecord, RunsFilter
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import PARTITION_NAME_TAG

from ocr_pipeline.orchestration.draining import HANDED_BACK_TAG
from ocr_pipeline.orchestration.past_runs import pause_seconds
from ocr_pipeline.orchestration.run_launcher import WarmWorkerRunLauncher
from ocr_pipeline.orchestration.segments import next_segment, segments
from ocr_pipeline.storage.ledger_rows import Lane
from ocr_pipeline.storage.queues import Queue
from ocr_pipeline.storage.run_queue import run_id_of
from ocr_pipeline.versions import Stage

_NOT_BEGUN = {DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING}
_BEGIN_SECONDS = 30.0
"""A run that has not begun after this long is looked into: Dagster's run monitoring looks at begun runs only."""
_LOOKED_AT = 50
"""Of a batch's runs, the newest."""


class Wait(NamedTuple):
    """Nothing is to be done now."""


class Run(NamedTuple):
    """Start a run."""

    attempt: int
    """How many runs there were before."""
    queue: str = Queue.BATCH
    stages: tuple[Stage, ...] | None = None
    """What it carries out; None for all."""


class GiveUp(NamedTuple):
    """Reject what is unfinished."""

    why: str


def next_step(
    instance: DagsterInstance,
    batch: str,
    closed_at: datetime,
    now: datetime,
    give_up_after: timedelta,
    *,
    lane: Lane = Lane.BATCH,
    gpu_stages: str = "",
) -> Wait | Run | GiveUp:
    """`closed_at` is when the batch was made, or last made to run again; `gpu_stages` is as the setting has it."""
    way = segments(lane, gpu_stages)
    mine = RunsFilter(tags={PARTITION_NAME_TAG: batch})
    records = instance.get_run_records(mine, limit=_LOOKED_AT)
    if not records:
        return Wait() if _is_taken(instance, batch) else Run(0, *way[0])
    under_way = [record for record in records if record.dagster_run.status in NOT_FINISHED_STATUSES]
    if under_way:
        for record in under_way:
            _end_if_lost(instance, record, now)
        return Wait()
    latest = records[0]
    # One that was canceled before the batch was made to run again says nothing of now.
    if latest.dagster_run.status == DagsterRunStatus.CANCELED and latest.create_timestamp >= closed_at:
        return GiveUp("the run was canceled")
    begun = len(records) if len(records) < _LOOKED_AT else instance.get_runs_count(mine)
    if now - closed_at > give_up_after:
        return GiveUp(f"the last of {begun} runs was {latest.dagster_run.run_id}")
    since_then = [record.dagster_run for record in reversed(records) if record.create_timestamp >= closed_at]
    segment, tried = next_segment(way, since_then)
    if now.timestamp() - (latest.end_time or 0.0) < _pause(tried):
        return Wait()
    return Run(begun, *segment)


def _pause(tried: Sequence[DagsterRun]) -> float:
    """Seconds; none where the last run of them was handed back, by a worker that was to stop."""
    if not tried or HANDED_BACK_TAG in tried[-1].tags:
        return 0.0
    failed = sum(HANDED_BACK_TAG not in run.tags for run in tried)
    return pause_seconds(failed)


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
