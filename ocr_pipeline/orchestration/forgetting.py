"""What Dagster need not remember for good: partitions of old batches, and the runs that made them.

Dagster can not wipe single partitions of an asset on Postgres (`wipe_asset_partitions` is not implemented there), and
needs not: with the runs of a batch all its events go, which are by far the most rows that Dagster has.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)
from dagster_celery.tags import DAGSTER_CELERY_QUEUE_TAG

from ocr_pipeline.orchestration.partitions import batches
from ocr_pipeline.storage.queues import Queue

_RUNS_AT_ONCE = 100
_ENDED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
_BACKFILLING = [BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING, BulkActionStatus.FAILING]


def backfills_under_way(instance: DagsterInstance) -> list[str]:
    """Ids of backfills that are not at their end: any partition may be one that they are still to run."""
    found = instance.get_backfills(filters=BulkActionsFilter(statuses=_BACKFILLING))
    return [backfill.backfill_id for backfill in found]


def forget_partitions(instance: DagsterInstance, until: datetime, keys: Sequence[str]) -> list[str]:
    """Removes the partitions of these batches, but not those that a run has been at since `until`, or is.

    Returns the keys of the removed; one that was gone already is one of them.
    """
    recent = instance.get_runs(RunsFilter(tags={PARTITION_NAME_TAG: keys}, updated_after=until))
    under_way = instance.get_runs(RunsFilter(statuses=NOT_FINISHED_STATUSES))
    spans = [span for run in [*recent, *under_way] if (span := _span(run)) is not None]
    free = [key for key in keys if not any(first <= key <= last for first, last in spans)]
    for key in free:
        instance.delete_dynamic_partition(str(batches.name), key)
    return free


def forget_runs(
    instance: DagsterInstance, until: datetime, are_retired: Callable[[str, str], bool]
) -> Iterator[Counter[str]]:
    """Deletes runs that ended before `until`, with their events and what they printed; yields after each portion.

    Those are runs of batches that are all retired, asked for by first and last key, and runs of the housekeeping
    itself. Whatever else runs on this Dagster is left alone.
    """
    ended = RunsFilter(statuses=_ENDED, updated_before=until)
    after: str | None = None
    while runs := instance.get_runs(ended, cursor=after, limit=_RUNS_AT_ONCE, ascending=True):
        deleted = 0
        for run in runs:
            span = _span(run)
            is_housekeeping = run.tags.get(DAGSTER_CELERY_QUEUE_TAG) == Queue.HOUSEKEEPING
            if is_housekeeping or (span is not None and are_retired(*span)):
                instance.compute_log_manager.delete_logs(prefix=[run.run_id])
                instance.delete_run(run.run_id)
                deleted += 1
            else:  # Dagster looks the cursor's run up: it must be one that is still there
                after = run.run_id
        yield Counter({"runs removed": deleted})


def _span(run: DagsterRun) -> tuple[str, str] | None:
    """The first and the last partition of a run; keys of batches sort by time."""
    tags = run.tags
    first = tags.get(PARTITION_NAME_TAG) or tags.get(ASSET_PARTITION_RANGE_START_TAG)
    last = tags.get(PARTITION_NAME_TAG) or tags.get(ASSET_PARTITION_RANGE_END_TAG)
    return (first, last) if first and last else None
