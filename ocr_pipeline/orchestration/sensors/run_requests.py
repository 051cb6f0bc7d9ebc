"""Runs for the unfinished batches that need one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import get_args

from dagster import AssetKey, DagsterInstance, RunRequest, RunsFilter
from dagster._core.storage.tags import PARTITION_NAME_TAG
from dagster_celery.tags import DAGSTER_CELERY_QUEUE_TAG, DAGSTER_CELERY_RUN_PRIORITY_TAG

from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.sensors.giving_up import give_up
from ocr_pipeline.orchestration.unfinished import GiveUp, Run, next_step
from ocr_pipeline.storage.batch_requests import request_tags
from ocr_pipeline.storage.queues import Queue
from ocr_pipeline.storage.run_queue import run_id_of
from ocr_pipeline.versions import Stage

LOOK_AGAIN_SECONDS = 4.0
"""An unfinished batch is looked after this often at the most."""
AGAIN = 3
"""Priority of a batch that ran before: after those that never did, and before backfills."""


def run_requests(instance: DagsterInstance, services: Services) -> Iterator[RunRequest]:
    """Looks after unfinished batches, the longest neglected first; what cannot be finished is given up."""
    steps = dict(_steps(instance, services))
    tags = request_tags(services.database, list(steps))
    for batch, step in steps.items():
        yield RunRequest(
            run_key=f"{batch}:{_latest_run(instance, batch) if step.attempt else 'first'}",
            partition_key=batch,
            asset_selection=None if step.stages is None else [AssetKey(stage) for stage in step.stages],
            tags={**tags[batch], **_place(step)},
        )


def _steps(instance: DagsterInstance, services: Services) -> Iterator[tuple[str, Run]]:
    settings = services.settings
    give_up_after = timedelta(seconds=settings.give_up_seconds)
    queued = services.run_queue.waiting()
    for batch in services.ledger.take_unfinished_batches(LOOK_AGAIN_SECONDS):
        if run_id_of(batch.key) in queued:
            continue  # its run is no run of Dagster's until a worker takes it
        step = next_step(
            instance,
            batch.key,
            batch.closed_at,
            datetime.now(UTC),
            give_up_after,
            lane=batch.lane,
            gpu_stages=settings.gpu_stages,
        )
        if isinstance(step, Run):
            yield batch.key, step
        elif isinstance(step, GiveUp):
            give_up(services, batch.key, step.why)


def _latest_run(instance: DagsterInstance, batch: str) -> str:
    """Dagster launches no second run under the key of a request, and each run of a batch is followed by one at most."""
    (latest,) = instance.get_run_records(RunsFilter(tags={PARTITION_NAME_TAG: batch}), limit=1)
    return latest.dagster_run.run_id


def _place(step: Run) -> dict[str, str]:
    """Where in which queue the run waits. What has come some way is brought to its end before new batches begin."""
    place = {DAGSTER_CELERY_QUEUE_TAG: str(step.queue)}
    begins = step.stages is None or step.stages[0] == get_args(Stage)[0]
    if step.attempt and begins and step.queue != Queue.INTERACTIVE:
        place[DAGSTER_CELERY_RUN_PRIORITY_TAG] = str(AGAIN)
    return place
