"""What Dagster need not remember for good: partitions of old batches, and the runs that made them.

Dagster can not wipe single partitions of an asset on Postgres (`wipe_asset_partitions` is not implemented there), and
needs not: with the runs of a batch all its events go, which are by far the most rows that Dagster has. Only what came
of its checks stays when Dagster deletes a run; that is deleted here.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import cast

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)
from dagster_celery.tags import DAGSTER_CELERY_QUEUE_TAG
from sqlalchemy import Connection, delete, select, tuple_

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
    """Deletes runs that ended before `until`, with their events, checks and what they printed; yields by the portion.

    Those are runs of batches that are all retired, asked for by first and last key, and runs of the housekeeping
    itself. Whatever else runs on this Dagster is left alone.
    """
    ended = RunsFilter(statuses=_ENDED, updated_before=until)
    after: str | None = None
    while runs := instance.get_runs(ended, cursor=after, limit=_RUNS_AT_ONCE, ascending=True):
        leaving = []
        for run in runs:
            span = _span(run)
            is_housekeeping = run.tags.get(DAGSTER_CELERY_QUEUE_TAG) == Queue.HOUSEKEEPING
            if is_housekeeping or (span is not None and are_retired(*span)):
                leaving.append(run.run_id)
            else:  # Dagster looks the cursor's run up: it must be one that is still there
                after = run.run_id
        _forget_checks(instance, leaving)
        for run_id in leaving:
            instance.compute_log_manager.delete_logs(prefix=[run_id])
            instance.delete_run(run_id)
        yield Counter({"runs removed": len(leaving)})


def _forget_checks(instance: DagsterInstance, runs: Sequence[str]) -> None:
    """Deletes what came of the checks of these runs, found by the index over asset, check and run."""
    table = AssetCheckExecutionsTable.c
    with cast("SqlEventLogStorage", instance.event_log_storage).index_connection() as connection:
        checks = _checks(connection)
        of_runs = delete(AssetCheckExecutionsTable).where(
            table.asset_key.in_({asset for asset, _ in checks}),
            table.check_name.in_({check for _, check in checks}),
            table.run_id.in_(runs),
        )
        connection.execute(of_runs)


def _checks(connection: Connection) -> list[tuple[str, str]]:
    """Asset and name of each check there is, also of those that no asset has any more: a look at the index each."""
    both = (AssetCheckExecutionsTable.c.asset_key, AssetCheckExecutionsTable.c.check_name)
    following = select(*both).order_by(*both).limit(1)
    found: list[tuple[str, str]] = []
    row = connection.execute(following).first()
    while row is not None:
        found.append((row[0], row[1]))
        row = connection.execute(following.where(tuple_(*both) > found[-1])).first()
    return found


def _span(run: DagsterRun) -> tuple[str, str] | None:
    """The first and the last partition of a run by key, which is by time.

    Dagster's own order is that in which they were added: where old batches came back, its first is not ours.
    """
    tags = run.tags
    first = tags.get(PARTITION_NAME_TAG) or tags.get(ASSET_PARTITION_RANGE_START_TAG)
    last = tags.get(PARTITION_NAME_TAG) or tags.get(ASSET_PARTITION_RANGE_END_TAG)
    return (min(first, last), max(first, last)) if first and last else None
