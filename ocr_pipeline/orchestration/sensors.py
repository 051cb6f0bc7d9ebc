"""What starts runs, and what ends documents whose run is lost."""

from datetime import datetime, timedelta

from dagster import (
    DagsterRun,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    RunStatusSensorContext,
    SensorEvaluationContext,
    SensorResult,
    run_status_sensor,
    sensor,
)
from dagster._core.storage.tags import PARTITION_NAME_TAG, WILL_RETRY_TAG
from dagster_celery.tags import DAGSTER_CELERY_QUEUE_TAG

from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.orchestration.jobs import process_batch
from ocr_pipeline.orchestration.partitions import batches
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.ledger import Arrival

OVERLAP = timedelta(minutes=10)
"""How far each look reaches back before the newest file seen: S3 gives times in whole seconds, and servers lag."""
ASK_AGAIN_SECONDS = 60.0
"""A batch whose run was asked for this long ago and does not exist is asked for again."""
BATCH_QUEUE = "batch"


@sensor(
    job=process_batch,
    minimum_interval_seconds=get_settings().inbox_interval_seconds,
    default_status=DefaultSensorStatus.RUNNING,
)
def inbox(context: SensorEvaluationContext, services: Services) -> SensorResult:
    """Enters new files below the inbox prefix into the ledger, closes batches and requests their runs.

    A file is known by key and ETag, so one that is listed again, or uploaded again unchanged, is entered once.
    """
    settings = services.settings
    seen = datetime.fromisoformat(context.cursor) if context.cursor else None
    found = [
        stored
        for stored in services.store.list(settings.s3_inbox_prefix)
        if seen is None or stored.modified >= seen - OVERLAP
    ]
    services.ledger.register(
        Arrival(stored.key.removeprefix(settings.s3_inbox_prefix), stored.key, stored.etag, stored.size)
        for stored in found
    )
    services.ledger.close_batches(settings.batch_size, settings.batch_seconds)
    keys = [
        key
        for key in services.ledger.take_unstarted_batches(ASK_AGAIN_SECONDS)
        # The API launches runs too, and a run may have to wait for a worker.
        if not context.instance.get_runs_count(RunsFilter(tags={PARTITION_NAME_TAG: key}))
    ]
    newest = max((stored.modified for stored in found), default=seen)
    return SensorResult(
        run_requests=[
            RunRequest(run_key=key, partition_key=key, tags={DAGSTER_CELERY_QUEUE_TAG: BATCH_QUEUE}) for key in keys
        ],
        dynamic_partitions_requests=[batches.build_add_request(keys)] if keys else [],
        cursor=newest.isoformat() if newest else None,
    )


@run_status_sensor(run_status=DagsterRunStatus.FAILURE, default_status=DefaultSensorStatus.RUNNING)
def failed_runs(context: RunStatusSensorContext, services: Services) -> None:
    """Rejects the unfinished documents of a run that failed for the last time, so that none is left hanging."""
    if context.dagster_run.tags.get(WILL_RETRY_TAG) != "true":
        _reject_unfinished(context.dagster_run, services, f"run {context.dagster_run.run_id} failed")


@run_status_sensor(run_status=DagsterRunStatus.CANCELED, default_status=DefaultSensorStatus.RUNNING)
def canceled_runs(context: RunStatusSensorContext, services: Services) -> None:
    """Rejects the unfinished documents of a run that a person canceled."""
    _reject_unfinished(context.dagster_run, services, "the run was canceled")


def _reject_unfinished(run: DagsterRun, services: Services, detail: str) -> None:
    batch = run.tags.get(PARTITION_NAME_TAG)
    if batch is None:
        return
    reason = Rejection.of(ErrorCode.PROCESSING_FAILED, stage="run", detail=detail)
    rejected = services.ledger.reject_unfinished(batch, reason)
    services.results.publish([Outcome.of(document.id, document.file, reason) for document in rejected])
