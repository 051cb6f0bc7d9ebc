"""Files that S3 announces, through a real SQS protocol."""

from io import BytesIO
from typing import Any

import pytest
from dagster import DefaultSensorStatus, SensorResult, SkipReason, build_sensor_context

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.sensors import inbox_events as sensors
from ocr_pipeline.orchestration.sensors.inbox import inbox
from ocr_pipeline.orchestration.sensors.inbox_events import inbox_events
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.objects import StoredObject
from ocr_pipeline_tests.orchestration.batch_runs import Batches
from ocr_pipeline_tests.orchestration.sensors.conftest import Queue


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensors, "WAIT_SECONDS", 0)


def tick(services: Services) -> str:
    with build_sensor_context(resources={"services": services}) as context:
        result = inbox_events(context)
    assert isinstance(result, SkipReason)
    return result.skip_message or ""


def put(services: Services, key: str, data: bytes = b"x") -> StoredObject:
    return services.store.upload(key, BytesIO(data))


def test_announced_files_are_entered_and_their_messages_deleted(resource: Services, prefix: str, queue: Queue) -> None:
    stored = [put(resource, f"{prefix}scans/{name}.jpg") for name in ("a", "b c", "é+1")]
    for one in stored:
        queue.announce(one)

    assert tick(resource) == "3 messages, 0 not understood; 3 new files."

    entered = resource.ledger.documents_of([one.key for one in stored])
    assert sorted((d.file, d.etag, d.size) for d in entered) == [
        (f"scans/{name}.jpg", stored[0].etag, 1) for name in ("a", "b c", "é+1")
    ]
    assert queue.size == 0
    assert tick(resource) == "0 messages, 0 not understood; 0 new files."


def test_a_file_that_is_announced_again_and_listed_too_is_entered_once(
    batches: Batches, prefix: str, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = batches.services
    stored = put(services, f"{prefix}a.jpg")
    queue.announce(stored)
    queue.announce(stored)
    tick(services)
    queue.announce(stored)
    tick(services)
    monkeypatch.delenv("OCR_INBOX_QUEUE_URL")
    get_settings.cache_clear()

    with build_sensor_context(instance=batches.instance, resources={"services": services}) as context:
        inbox(context)

    assert len(services.ledger.documents_of([stored.key])) == 1


def test_messages_outlive_a_ledger_that_is_away(
    resource: Services, prefix: str, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = put(resource, f"{prefix}a.jpg")
    queue.announce(stored)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "register", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tick(resource)
    queue.give_again()
    assert queue.size == 1

    tick(resource)

    assert len(resource.ledger.documents_of([stored.key])) == 1
    assert queue.size == 0


@pytest.mark.parametrize("lacking", [{"size": None}, {"eTag": None}, {"size": None, "eTag": None}])
def test_what_an_event_does_not_say_the_bucket_does(
    resource: Services, prefix: str, queue: Queue, lacking: dict[str, Any]
) -> None:
    stored = put(resource, f"{prefix}a.jpg", b"four")
    queue.announce(stored, **lacking)
    queue.announce(StoredObject(f"{prefix}gone.jpg", "e", 1, stored.modified), **lacking)

    tick(resource)

    (document,) = resource.ledger.documents_of([stored.key, f"{prefix}gone.jpg"])
    assert (document.etag, document.size) == (stored.etag, 4)
    assert queue.size == 0


def test_what_is_not_understood_is_left_to_the_dead_letter_policy_and_holds_up_nothing(
    resource: Services, prefix: str, queue: Queue
) -> None:
    stored = put(resource, f"{prefix}a.jpg")
    queue.send("hello")
    queue.announce(stored)
    queue.send('{"Records": [{"eventName": "ObjectCreated:Put"}]}')

    assert tick(resource).endswith("1 new files.")

    assert len(resource.ledger.documents_of([stored.key])) == 1
    for _ in range(2):
        queue.give_again()
        tick(resource)
    assert (queue.size, queue.dead) == (0, 2)


def test_what_is_no_new_file_of_the_inbox_is_passed_by(resource: Services, prefix: str, queue: Queue) -> None:
    stored = put(resource, f"{prefix}a.jpg")
    queue.announce(stored, event="ObjectRemoved:Delete")
    queue.announce(stored._replace(key="stages/ocr_text/1/abc"))
    queue.send('{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "documents"}')

    assert tick(resource) == "3 messages, 0 not understood; 0 new files."

    assert (queue.size, queue.dead) == (0, 0)


def test_announcements_of_another_bucket_are_none_of_ours(
    resource: Services, prefix: str, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = put(resource, f"{prefix}a.jpg")
    monkeypatch.setattr(queue, "_bucket", "another")
    queue.announce(stored)

    assert tick(resource) == "1 messages, 1 not understood; 0 new files."

    assert resource.ledger.documents_of([stored.key]) == []


def test_a_tick_takes_no_more_than_its_share(
    resource: Services, prefix: str, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = put(resource, f"{prefix}a.jpg")
    for _ in range(25):
        queue.announce(stored)
    monkeypatch.setattr(sensors, "MOST_MESSAGES", 12)

    assert [tick(resource).partition(" ")[0] for _ in range(3)] == ["12", "12", "1"]


def test_a_queue_that_is_not_there_is_named(resource: Services, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_INBOX_QUEUE_URL", f"{queue.url}-not")
    get_settings.cache_clear()

    with pytest.raises(PipelineError, match="there is no queue") as raised:
        tick(resource)

    assert raised.value.code is ErrorCode.INVALID_SETTING


def test_without_a_queue_it_rests_and_says_so(resource: Services) -> None:
    assert inbox_events.default_status is DefaultSensorStatus.STOPPED
    assert "OCR_INBOX_QUEUE_URL" in tick(resource)


def test_with_a_queue_the_inbox_is_not_listed_and_its_batches_are_closed_all_the_same(
    batches: Batches, prefix: str, queue: Queue
) -> None:
    services = batches.services
    put(services, f"{prefix}not-announced.jpg")
    queue.announce(put(services, f"{prefix}announced.jpg"))
    tick(services)

    with build_sensor_context(instance=batches.instance, cursor="kept", resources={"services": services}) as context:
        result = inbox(context)

    assert isinstance(result, SensorResult)
    (request,) = result.run_requests or []
    assert request.partition_key is not None
    assert [document.file for document in services.ledger.batch_documents(request.partition_key)] == ["announced.jpg"]
    assert result.cursor == "kept"
