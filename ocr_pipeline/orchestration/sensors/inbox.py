"""The sensor that makes runs of files: it enters what is new, closes batches, and has each of them run."""

from dagster import DefaultSensorStatus, SensorEvaluationContext, SensorResult, sensor

from ocr_pipeline.orchestration.jobs.process_batch import process_batch
from ocr_pipeline.orchestration.partitions import batches
from ocr_pipeline.orchestration.resources import SERVICE_FAILURES, Services
from ocr_pipeline.orchestration.sensors.look import Cursor, look
from ocr_pipeline.orchestration.sensors.run_requests import run_requests
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.erasure import erase_objects, half_erased


@sensor(
    job=process_batch,
    minimum_interval_seconds=get_settings().inbox_interval_seconds,
    default_status=DefaultSensorStatus.RUNNING,
    description=(
        "Enters new files below the inbox prefix into the ledger, closes batches, and launches a run of each until it "
        "is finished. With OCR_INBOX_QUEUE_URL the files are entered by inbox_events instead. While "
        "OCR_MAX_OPEN_BATCHES batches are unfinished, files wait in the ledger."
    ),
)
def inbox(context: SensorEvaluationContext, services: Services) -> SensorResult:
    """A file is known by key and ETag, so one that is listed again, or uploaded again unchanged, is entered once.

    Whichever sensor entered a file, its batch is closed here. Erasures that broke off are ended here too.
    """
    settings = services.settings
    _end_erasures(context, services)
    said, cursor = _take_in(services, context.cursor)
    room = settings.max_open_batches - services.ledger.open_batches(settings.max_open_batches)
    closed = services.ledger.close_batches(settings.batch_size, settings.batch_seconds, room)
    said.append(f"{len(closed)} batches closed")
    if len(closed) >= room:
        said.append(
            f"{settings.max_open_batches} batches are unfinished, the most that OCR_MAX_OPEN_BATCHES allows: "
            "other files wait in the ledger"
        )
    requests = list(run_requests(context.instance, services))
    keys = [request.partition_key for request in requests if request.partition_key]
    return SensorResult(
        run_requests=requests,
        # Not to the log: what a tick logs is kept in S3, and there are seventeen thousand a day.
        skip_reason=None if requests else "; ".join(said) + ".",
        dynamic_partitions_requests=[batches.build_add_request(keys)] if keys else [],
        cursor=cursor,
    )


def _take_in(services: Services, before: str | None) -> tuple[list[str], str | None]:
    """What to say of it, and the next cursor."""
    if services.settings.inbox_queue_url:
        return ["New files are announced by the queue"], before
    seen = look(services, Cursor.of(before, services.settings.s3_inbox_prefix))
    said = [f"{seen.new} new files"]
    if seen.cursor.place is not None:
        said.append("the inbox has more keys than one look lists, and the next one goes on from here")
    return said, seen.cursor.model_dump_json(exclude_none=True)


def _end_erasures(context: SensorEvaluationContext, services: Services) -> None:
    """What the bucket does not let go holds up neither other erasures nor the inbox."""
    for document_id in half_erased(services.database):
        try:
            erase_objects(services.database, services.store, document_id)
        except SERVICE_FAILURES as error:
            context.log.warning(f"Of the erased document {document_id} something is still in the bucket: {error}")
