"""The inbox sensor: every file once, every batch run."""

from uuid import uuid4

import pytest
from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    SensorResult,
    build_run_status_sensor_context,
    build_sensor_context,
)
from dagster._core.test_utils import create_run_for_test

from ocr_pipeline.documents.model import State
from ocr_pipeline.orchestration import sensors
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.sensors import failed_runs, inbox
from ocr_pipeline_tests.orchestration.batch_runs import Batches


@pytest.fixture
def prefix(resource: Services, monkeypatch: pytest.MonkeyPatch) -> str:
    """An inbox that no other test looks into."""
    from ocr_pipeline.settings import get_settings

    prefix = f"inbox-{uuid4().hex}/"
    monkeypatch.setenv("OCR_S3_INBOX_PREFIX", prefix)
    get_settings.cache_clear()
    return prefix


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


def test_a_request_that_came_to_nothing_is_made_again(
    batches: Batches, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches.services.store.put(f"{prefix}a.jpg", b"x")
    first = tick(batches.instance, batches.services)
    monkeypatch.setattr(sensors, "ASK_AGAIN_SECONDS", 0.0)

    assert keys(tick(batches.instance, batches.services, first.cursor)) == keys(first)


def test_a_batch_that_has_a_run_already_is_not_requested_again(
    batches: Batches, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches.services.store.put(f"{prefix}a.jpg", b"x")
    first = tick(batches.instance, batches.services)
    create_run_for_test(batches.instance, tags={"dagster/partition": keys(first)[0]})
    monkeypatch.setattr(sensors, "ASK_AGAIN_SECONDS", 0.0)

    assert keys(tick(batches.instance, batches.services, first.cursor)) == []


@pytest.mark.parametrize(("will_retry", "state"), [("true", State.PROCESSING), ("false", State.REJECTED)])
def test_documents_of_a_run_that_failed_for_good_are_rejected(batches: Batches, will_retry: str, state: State) -> None:
    batch = batches.of_files({"a.jpg": b"x"})
    batches.services.ledger.start_batch(batch)
    tags = {"dagster/partition": batch, "dagster/will_retry": will_retry}
    run = create_run_for_test(batches.instance, tags=tags, status=DagsterRunStatus.STARTED)
    batches.instance.report_run_failed(run)
    event = batches.instance.all_logs(run.run_id)[-1].get_dagster_event()
    context = build_run_status_sensor_context("failed_runs", event, batches.instance, run)

    failed_runs(context, services=batches.services)

    (document,) = batches.services.ledger.batch_documents(batch)
    assert document.state == state
    if state == State.REJECTED:
        assert document.reason is not None
        assert document.reason.code == "processing_failed"
