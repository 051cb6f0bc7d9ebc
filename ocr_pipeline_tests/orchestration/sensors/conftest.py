import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer
from moto.sqs.models import sqs_backends

from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.inbox_events import open_event_queue
from ocr_pipeline.storage.objects import StoredObject

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@pytest.fixture
def prefix(resource: Services, monkeypatch: pytest.MonkeyPatch) -> str:
    """An inbox that no other test looks into."""
    prefix = f"inbox-{uuid4().hex}/"
    monkeypatch.setenv("OCR_S3_INBOX_PREFIX", prefix)
    get_settings.cache_clear()
    return prefix


class Queue:
    """An SQS queue that the settings name, with the side of it that the sensor does not see."""

    def __init__(self, client: "SQSClient", bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._dead = client.create_queue(QueueName=f"dead-{uuid4().hex}")["QueueUrl"]
        arn = client.get_queue_attributes(QueueUrl=self._dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
        self._name = f"inbox-{uuid4().hex}"
        self.url = client.create_queue(QueueName=self._name, Attributes={"RedrivePolicy": policy})["QueueUrl"]

    def send(self, body: str) -> None:
        self._client.send_message(QueueUrl=self.url, MessageBody=body)

    def announce(self, stored: StoredObject, event: str = "ObjectCreated:Put", **other: Any) -> None:
        """As S3 does; `other` replaces what it says of the object."""
        file = {"key": quote_plus(stored.key), "size": stored.size, "eTag": stored.etag, "sequencer": "0A1B"} | other
        told = {name: value for name, value in file.items() if value is not None}
        record = {"eventName": event, "s3": {"bucket": {"name": self._bucket}, "object": told}}
        self.send(json.dumps({"Records": [record]}))

    def give_again(self) -> None:
        """What was received and not deleted, as if the time after which the queue does so were over."""
        for backend in sqs_backends["123456789012"].values():
            if self._name in backend.queues:
                for message in backend.queues[self._name]._messages:
                    message.visible_at = 0

    @property
    def size(self) -> int:
        return self._size(self.url)

    @property
    def dead(self) -> int:
        return self._size(self._dead)

    def _size(self, url: str) -> int:
        answer = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])


@pytest.fixture(scope="session")
def sqs() -> Iterator[str]:
    """Address of an SQS."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def queue(sqs: str, resource: Services, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", sqs)
    client = boto3.client("sqs", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    queue = Queue(client, resource.store.bucket)
    monkeypatch.setenv("OCR_INBOX_QUEUE_URL", queue.url)
    get_settings.cache_clear()
    yield queue
    open_event_queue(get_settings()).close()
    open_event_queue.cache_clear()
    client.close()
