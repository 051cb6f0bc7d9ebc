"""What starts runs: new files in the inbox, and batches that are not finished."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from dagster import DefaultSensorStatus, RunRequest, SensorEvaluationContext, SensorResult, sensor
from dagster_celery.tags import DAGSTER_CELERY_QUEUE_TAG

from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.orchestration.jobs.process_batch import process_batch
from ocr_pipeline.orchestration.partitions import batches
from ocr_pipeline.orchestration.resources import SERVICE_FAILURES, Services
from ocr_pipeline.orchestration.telling import publish
from ocr_pipeline.orchestration.unfinished import GiveUp, Run, next_step
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.erasure import erase_objects, half_erased
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.run_queue import run_id_of
from ocr_pipeline.storage.tables import load_outcome

OVERLAP = timedelta(minutes=10)
"""How far each look reaches back before the newest file seen: S3 gives times in whole seconds, and servers lag."""
FULL_LOOK_AFTER = timedelta(minutes=10)
"""Now and then all files are compared with the ledger: a long upload may bear the time at which it began."""
LOOK_AGAIN_SECONDS = 4.0
"""An unfinished batch is looked after this often at the most."""


@sensor(
    job=process_batch,
    minimum_interval_seconds=get_settings().inbox_interval_seconds,
    default_status=DefaultSensorStatus.RUNNING,
)
def inbox(context: SensorEvaluationContext, services: Services) -> SensorResult:
    """Enters new files below the inbox prefix into the ledger, closes batches, and sees to it that each is finished.

    A file is known by key and ETag, so one that is listed again, or uploaded again unchanged, is entered once.
    Erasures that broke off are ended too.
    """
    settings = services.settings
    _end_erasures(context, services)
    cursor = _take_in(services, context.cursor)
    services.ledger.close_batches(settings.batch_size, settings.batch_seconds)
    requests = list(_requests(context, services))
    keys = [request.partition_key for request in requests if request.partition_key]
    return SensorResult(
        run_requests=requests,
        dynamic_partitions_requests=[batches.build_add_request(keys)] if keys else [],
        cursor=cursor,
    )


def _end_erasures(context: SensorEvaluationContext, services: Services) -> None:
    """What the bucket does not let go holds up neither other erasures nor the inbox."""
    for document_id in half_erased(services.database):
        try:
            erase_objects(services.database, services.store, document_id)
        except SERVICE_FAILURES as error:
            context.log.warning(f"Of the erased document {document_id} something is still in the bucket: {error}")


def _take_in(services: Services, cursor: str | None) -> str:
    """Enters what is new, and returns the next cursor: the newest file's time, and that of the last full look."""
    prefix = services.settings.s3_inbox_prefix
    now = datetime.now(UTC)
    seen = {name: datetime.fromisoformat(time) for name, time in json.loads(cursor).items()} if cursor else {}
    is_full_look = "full" not in seen or now - seen["full"] >= FULL_LOOK_AFTER
    newest = seen.get("newest")
    found = [
        stored
        for stored in services.store.list(prefix)
        if is_full_look or newest is None or stored.modified >= newest - OVERLAP
    ]
    services.ledger.register(
        (Arrival(stored.key.removeprefix(prefix), stored.key, stored.etag, stored.size) for stored in found),
        services.settings.inbox_tenant,
    )
    # A server whose clock is ahead must not make later files look old.
    times = [min(stored.modified, now) for stored in found] + ([newest] if newest else [])
    following = {"full": now if is_full_look else seen["full"], **({"newest": max(times)} if times else {})}
    return json.dumps({name: time.isoformat() for name, time in following.items()})


def _requests(context: SensorEvaluationContext, services: Services) -> Iterator[RunRequest]:
    """Runs for the unfinished batches that need one; what cannot be finished is given up."""
    give_up_after = timedelta(seconds=services.settings.give_up_seconds)
    queued = services.run_queue.waiting()
    for batch in services.ledger.take_unfinished_batches(LOOK_AGAIN_SECONDS):
        if run_id_of(batch.key) in queued:
            continue  # its run is no run of Dagster's until a worker takes it
        step = next_step(context.instance, batch.key, batch.closed_at, datetime.now(UTC), give_up_after)
        if isinstance(step, Run):
            tags = {DAGSTER_CELERY_QUEUE_TAG: batch.lane.value}
            yield RunRequest(run_key=f"{batch.key}:{step.attempt}", partition_key=batch.key, tags=tags)
        elif isinstance(step, GiveUp):
            _give_up(services, batch.key, step.why)


def _give_up(services: Services, batch: str, why: str) -> None:
    reason = Rejection.of(ErrorCode.PROCESSING_FAILED, stage="run", detail=why)
    rejected = services.ledger.reject_unfinished(batch, reason, services.versions()["validated_tables"])
    seconds = services.settings.result_seconds
    outcomes = [load_outcome(services.database, document, seconds) for document in rejected]
    if rejected:
        publish(services, batch, rejected[0].tenant, outcomes)
