"""S3's announcements of new files: what their messages say, and the SQS queue that they come by."""

import json
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, NamedTuple
from urllib.parse import unquote_plus

import boto3
from botocore.config import Config
from pydantic import AfterValidator, BaseModel, Field, ValidationError

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_AT_ONCE = 10
"""SQS gives and deletes no more messages in one call."""
_LONGEST_KEY = 1024
"""In bytes."""
_CREATED = "ObjectCreated:"
_TEST = "s3:TestEvent"
"""What S3 sends when notifications are set up."""


class Announced(NamedTuple):
    """A file that came to be."""

    bucket: str
    key: str
    etag: str | None
    """None where the store does not tell."""
    size: int | None
    """Bytes; None where the store does not tell."""


class NotUnderstood(Exception):  # noqa: N818 - what happened, not a fault of ours
    """The message is none of S3's."""


class Message(NamedTuple):
    id: str
    body: str
    receipt: str
    """What it is deleted by."""


def announced(body: str) -> list[Announced]:
    """The new files that a message tells of, whether it comes from S3 itself or through SNS.

    Folders, test events and whatever else happens to objects are no new files. Raises NotUnderstood.
    """
    try:
        message = json.loads(body)
        if isinstance(message, dict) and message.get("Type") == "Notification":
            message = json.loads(_Forwarded.model_validate(message).Message)
        if isinstance(message, dict) and message.get("Event") == _TEST:
            return []
        records = _Notification.model_validate(message).Records
        created = [record.s3 for record in records if record.event.removeprefix("s3:").startswith(_CREATED)]
        files = [_announced(entity) for entity in created]
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise NotUnderstood(f"{'.'.join(map(str, first['loc'])) or 'the whole'}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(str(error)) from error
    return [file for file in files if not file.key.endswith("/")]


class EventQueue:
    """One SQS queue. Each message is given at least once, and again until it is deleted."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def receive(self, most: int, wait_seconds: int, longest_seconds: float) -> list[Message]:
        """Up to `most` messages, or what came within `longest_seconds`; waits only for the first.

        Raises PipelineError(INVALID_SETTING) where there is no such queue.
        """
        end = time.monotonic() + longest_seconds
        found: dict[str, Message] = {}
        while len(found) < most and time.monotonic() < end:
            some = self._receive(min(_AT_ONCE, most - len(found)), 0 if found else wait_seconds)
            if not {message.id for message in some} - found.keys():
                break  # there is none any more, or the queue gives the same ones again
            # Of one that was given twice the newest receipt counts.
            found.update({message.id: message for message in some})
        return list(found.values())

    def delete(self, messages: Sequence[Message]) -> int:
        """Returns how many were not deleted: those come again."""
        failed = 0
        for start in range(0, len(messages), _AT_ONCE):
            some = messages[start : start + _AT_ONCE]
            entries = [{"Id": str(number), "ReceiptHandle": message.receipt} for number, message in enumerate(some)]
            answer = self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]  # a TypedDict of the same
            failed += len(answer.get("Failed", []))
        return failed

    def close(self) -> None:
        """Closes the pooled connections."""
        self._client.close()

    def _receive(self, most: int, wait_seconds: int) -> list[Message]:
        try:
            answer = self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=most, WaitTimeSeconds=wait_seconds
            )
        except self._client.exceptions.QueueDoesNotExist as error:
            detail = f"there is no queue {self._url}"
            raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_INBOX_QUEUE_URL", detail=detail) from error
        return [Message(one["MessageId"], one["Body"], one["ReceiptHandle"]) for one in answer.get("Messages", [])]


@lru_cache(maxsize=4)
def open_event_queue(settings: Settings) -> EventQueue:
    """The queue that the settings name, by the keys of S3 where they are set; connections are pooled a process.

    ``AWS_ENDPOINT_URL_SQS`` says where SQS is, if not at Amazon's.
    """
    client = boto3.client(
        "sqs",
        aws_access_key_id=settings.s3_access_key or None,
        aws_secret_access_key=settings.s3_secret_key.get_secret_value() or None,
        region_name=settings.s3_region,
        config=Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5, read_timeout=20),
    )
    return EventQueue(client, settings.inbox_queue_url)


def _storable(text: str) -> str:
    """Raises ValueError for what is no key of S3's, or no text of Postgres's: half a character, or a zero."""
    if len(text.encode()) > _LONGEST_KEY:
        raise ValueError(f"it has more than {_LONGEST_KEY} bytes")
    if "\0" in text:
        raise ValueError("it has a zero in it")
    return text


_Text = Annotated[str, Field(min_length=1), AfterValidator(_storable)]


class _Forwarded(BaseModel):
    """What SNS makes of a message, unless the subscription asks for raw delivery."""

    Message: str


class _Object(BaseModel):
    key: _Text
    size: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    etag: _Text | None = Field(default=None, alias="eTag")


class _Bucket(BaseModel):
    name: str


class _Entity(BaseModel):
    bucket: _Bucket
    object: _Object


class _Record(BaseModel):
    event: str = Field(alias="eventName")
    s3: _Entity


class _Notification(BaseModel):
    Records: list[_Record]


def _announced(entity: _Entity) -> Announced:
    file = entity.object
    # As in an HTML form: spaces are plus signs.
    key = _storable(unquote_plus(file.key))
    return Announced(entity.bucket.name, key, file.etag.strip('"') if file.etag else None, file.size)
