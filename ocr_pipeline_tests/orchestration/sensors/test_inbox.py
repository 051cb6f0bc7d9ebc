"""The inbox sensor: every file once, every batch run."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from dagster import DagsterInstance, DagsterRunStatus, RunRequest, SensorResult, build_sensor_context
from dagster._core.test_utils import create_run_for_test
from dagster._serdes import deserialize_value, serialize_value

from ocr_pipeline.documents.model import State
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.sensors import look, run_requests
from ocr_pipeline.orchestration.sensors.inbox import inbox
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.cancellation import cancel_document
from ocr_pipeline.storage.erasure import erase
from ocr_pipeline.storage.ledger_rows import Arrival, Lane
from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline.storage.run_queue import RunQueue, run_id_of
from ocr_pipeline.storage.tables import read_batch
from ocr_pipeline_tests.orchestration.batch_runs import Batches


def tick(instance: DagsterInstance, resource: Services, cursor: str | None = None) -> SensorResult:
    with build_sensor_context(instance=instance, cursor=cursor, resources={"services": resource}) as context:
        result = inbox(context)
    assert isinstance(result, SensorResult)
    return result


def keys(result: SensorResult) -> list[str]:
    return [request.partition_key or "" for request in result.run_requests or []]


def test_new_files_are_entered_put_into_batches_and_requested(batches: Batches, prefix: str) -> None:
    for number in range(4):
        batches.services.store.put(f"{prefix}scans/{number}.jpg", b"x")

    result = tick(batches.instance, batches.services)

    sizes = sorted(len(batches.services.ledger.batch_documents(key)) for key in keys(result))
    assert sizes == [1, 3]
    requested = result.dynamic_partitions_requests
    assert requested is not None
    assert sorted(requested[0].partition_keys) == sorted(keys(result))
    files = {d.file for key in keys(result) for d in batches.services.ledger.batch_documents(key)}
    assert files == {f"scans/{number}.jpg" for number in range(4)}


def test_the_next_tick_finds_nothing_new(batches: Batches, prefix: str) -> None:
    batches.services.store.put(f"{prefix}a.jpg", b"x")
    cursor = tick(batches.instance, batches.services).cursor

    assert keys(tick(batches.instance, batches.services, cursor)) == []


def test_a_file_with_the_same_second_as_the_newest_is_not_missed(batches: Batches, prefix: str) -> None:
    batches.services.store.put(f"{prefix}b.jpg", b"x")
    cursor = tick(batches.instance, batches.services).cursor
    batches.services.store.put(f"{prefix}a.jpg", b"x")

    assert len(keys(tick(batches.instance, batches.services, cursor))) == 1


def test_a_changed_file_of_the_same_name_is_another_document(batches: Batches, prefix: str) -> None:
    batches.services.store.put(f"{prefix}a.jpg", b"x")
    cursor = tick(batches.instance, batches.services).cursor
    batches.services.store.put(f"{prefix}a.jpg", b"y")

    assert len(keys(tick(batches.instance, batches.services, cursor))) == 1


def test_a_file_whose_time_lies_far_back_is_found_by_the_next_full_look(
    batches: Batches, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches.services.store.put(f"{prefix}a.jpg", b"x")
    now = datetime.now(UTC)
    later = now + timedelta(hours=1)
    cursor = look.Cursor(prefix=prefix, begun=later, newest=later, full=now).model_dump_json()
    assert keys(tick(batches.instance, batches.services, cursor)) == []
    monkeypatch.setattr(look, "FULL_LOOK_AFTER", timedelta(0))

    assert len(keys(tick(batches.instance, batches.services, cursor))) == 1


def test_a_request_that_came_to_nothing_is_made_again(
    batches: Batches, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches.services.store.put(f"{prefix}a.jpg", b"x")
    first = tick(batches.instance, batches.services)
    monkeypatch.setattr(run_requests, "LOOK_AGAIN_SECONDS", 0.0)

    assert keys(tick(batches.instance, batches.services, first.cursor)) == keys(first)


def test_documents_of_a_canceled_run_are_rejected_and_their_rows_stand_in_quarantine(
    batches: Batches, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = batches.of_files({"a.jpg": b"x"})
    batches.services.ledger.start_batch(batch)
    create_run_for_test(batches.instance, tags={"dagster/partition": batch}, status=DagsterRunStatus.CANCELED)
    monkeypatch.setattr(run_requests, "LOOK_AGAIN_SECONDS", 0.0)

    assert keys(tick(batches.instance, batches.services)) == []

    (document,) = batches.services.ledger.batch_documents(batch)
    assert document.reason is not None
    assert (document.state, document.reason.code) == (State.REJECTED, "processing_failed")
    assert read_batch(batches.services.database, [document.id]).quarantined == [document.id]


def test_single_files_that_no_api_process_took_run_in_the_lane_of_those_who_wait(batches: Batches, prefix: str) -> None:
    (id_,) = batches.services.ledger.register([Arrival("a.jpg", f"uploads/{uuid4()}/a.jpg", "e", 1)])
    with batches.services.database.begin() as connection:
        connection.execute(schema.ledger.update().values(lane=Lane.INTERACTIVE))

    (request,) = tick(batches.instance, batches.services).run_requests or []

    document = batches.services.ledger.document(id_)
    assert document is not None
    assert request.partition_key == document.batch
    assert request.tags["dagster-celery/queue"] == "interactive"


def test_a_batch_whose_run_a_worker_will_take_is_left_to_it(
    batches: Batches, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = batches.of_files({"a.jpg": b"x"})
    monkeypatch.setattr(run_requests, "LOOK_AGAIN_SECONDS", 0.0)
    queued = {run_id_of(batch)}
    monkeypatch.setattr(RunQueue, "waiting", lambda _: queued)
    assert keys(tick(batches.instance, batches.services)) == []

    queued.clear()

    assert keys(tick(batches.instance, batches.services)) == [batch]


def test_an_erasure_that_broke_off_is_ended(batches: Batches, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    services = batches.services
    batch = batches.of_files({"a.jpg": b"x"})
    (document,) = services.ledger.batch_documents(batch)
    assert cancel_document(services.database, document.id)
    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "delete", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erase(services.database, services.store, document)
    assert services.store.get(document.object_key) == b"x"

    tick(batches.instance, services)

    assert services.store.get(document.object_key) is None


def test_an_erasure_that_cannot_be_ended_holds_up_nothing(
    batches: Batches, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = batches.services
    batch = batches.of_files({"kept.jpg": b"x", "gone.jpg": b"y"})
    documents = {document.file: document for document in services.ledger.batch_documents(batch)}
    bucket_delete = ObjectStore.delete

    def delete(store: ObjectStore, keys: Iterable[str]) -> None:
        given = list(keys)
        if any(key.endswith("kept.jpg") for key in given):
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": given[0]}}, "DeleteObjects")
        bucket_delete(store, given)

    for document in documents.values():
        assert cancel_document(services.database, document.id)
        with monkeypatch.context() as patch:
            patch.setattr(ObjectStore, "delete", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                erase(services.database, services.store, document)
    monkeypatch.setattr(ObjectStore, "delete", delete)
    services.store.put(f"{prefix}new.jpg", b"z")

    assert len(keys(tick(batches.instance, services))) == 1

    assert services.store.get(documents["kept.jpg"].object_key) == b"x"
    assert services.store.get(documents["gone.jpg"].object_key) is None


@pytest.mark.parametrize("lane", Lane)
def test_what_is_requested_can_be_handed_to_dagsters_daemon(batches: Batches, prefix: str, lane: Lane) -> None:
    """In another process, so as text."""
    batch = batches.of_files({"a.jpg": b"x"})
    with batches.services.database.begin() as connection:
        connection.execute(schema.batches.update().values(lane=lane, looked_at=None))

    (request,) = tick(batches.instance, batches.services).run_requests or []

    handed = deserialize_value(serialize_value(request), RunRequest)
    assert handed.partition_key == batch
    assert handed.tags["dagster-celery/queue"] == lane.value


def test_while_too_many_batches_are_unfinished_files_wait_and_the_tick_says_so(
    batches: Batches, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = batches.services
    monkeypatch.setenv("OCR_MAX_OPEN_BATCHES", "2")
    get_settings.cache_clear()
    files = [f"{prefix}{number}.jpg" for number in range(9)]
    for file in files:
        services.store.put(file, b"x")

    first = tick(batches.instance, services)
    second = tick(batches.instance, services, first.cursor)

    assert len(keys(first)) == 2
    assert second.skip_reason is not None
    assert "2 batches are unfinished, the most that OCR_MAX_OPEN_BATCHES allows" in str(second.skip_reason.skip_message)
    waiting = [document for document in services.ledger.documents_of(files) if document.batch is None]
    assert len(waiting) == 3

    for document in services.ledger.batch_documents(keys(first)[0]):
        assert cancel_document(services.database, document.id)

    (key,) = keys(tick(batches.instance, services, second.cursor))
    assert {document.id for document in services.ledger.batch_documents(key)} == {document.id for document in waiting}
