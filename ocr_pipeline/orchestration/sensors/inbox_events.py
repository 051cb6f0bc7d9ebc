"""The sensor that enters the files that S3 announces; what becomes of them is the inbox sensor's."""

from collections.abc import Iterator

from dagster import DefaultSensorStatus, SensorEvaluationContext, SkipReason, sensor

from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.inbox_events import Announced, Message, NotUnderstood, announced, open_event_queue
from ocr_pipeline.storage.ledger_rows import Arrival

MOST_MESSAGES = 1000
WAIT_SECONDS = 2
"""For the first message, where there is none yet."""
LONGEST_SECONDS = 15.0
"""A tick takes messages for so long: less than the 30 s after which a queue gives them out again by default."""


@sensor(
    minimum_interval_seconds=get_settings().inbox_interval_seconds,
    default_status=DefaultSensorStatus.RUNNING if get_settings().inbox_queue_url else DefaultSensorStatus.STOPPED,
    description=(
        "Enters files into the ledger that S3 announces through the SQS queue of OCR_INBOX_QUEUE_URL. The sensor "
        "inbox puts them into batches. Messages that are not understood are left to the queue's dead-letter policy."
    ),
)
def inbox_events(context: SensorEvaluationContext, services: Services) -> SkipReason:
    """A message is deleted only after its files are in the ledger, where a file that comes twice is entered once."""
    settings = services.settings
    if not settings.inbox_queue_url:
        return SkipReason("OCR_INBOX_QUEUE_URL names no queue; the sensor inbox lists the files.")
    queue = open_event_queue(settings)
    messages = queue.receive(MOST_MESSAGES, WAIT_SECONDS, LONGEST_SECONDS)
    arrivals: list[Arrival] = []
    understood: list[Message] = []
    for message in messages:
        try:
            arrivals += list(_arrivals(services, announced(message.body)))
        except NotUnderstood as error:
            context.log.warning(f"The message {message.id} is left in the queue. It is not understood: {error}")
        else:
            understood.append(message)
    new = services.ledger.register(arrivals, settings.inbox_tenant)
    if left := queue.delete(understood):
        context.log.warning(f"{left} messages could not be deleted; they come again, which does no harm.")
    summary = f"{len(messages)} messages, {len(messages) - len(understood)} not understood; {len(new)} new files."
    return SkipReason(summary)


def _arrivals(services: Services, files: list[Announced]) -> Iterator[Arrival]:
    """Those in the inbox. Of a file that is gone, and of which nothing else is known, there is nothing to enter."""
    prefix = services.settings.s3_inbox_prefix
    for file in files:
        if file.bucket != services.store.bucket:
            raise NotUnderstood(f"it is about the bucket {file.bucket}, not about {services.store.bucket}")
        if not file.key.startswith(prefix):
            continue
        name = file.key.removeprefix(prefix)
        if file.etag is not None and file.size is not None:
            yield Arrival(name, file.key, file.etag, file.size)
        elif found := services.store.find(file.key):
            yield Arrival(name, found.key, found.etag, found.size)
