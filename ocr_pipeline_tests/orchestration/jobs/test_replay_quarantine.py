"""The job `replay_quarantine`: documents leave quarantine for new batches."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dagster import ExecuteInProcessResult, Failure, RunConfig

from ocr_pipeline.documents.model import Rejection, State
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.orchestration.jobs.replay_quarantine import ReplayQuarantineConfig, replay_quarantine
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.batch_status import is_finished
from ocr_pipeline.storage.cancellation import cancel_batch
from ocr_pipeline.storage.erasure import erase
from ocr_pipeline.storage.ledger_rows import Arrival, Sender
from ocr_pipeline_tests.orchestration.batch_runs import Batches


def run(services: Services, **config: Any) -> ExecuteInProcessResult:
    return replay_quarantine.execute_in_process(
        run_config=RunConfig({"reopen_quarantined": ReplayQuarantineConfig(**config)}), resources={"services": services}
    )


def metadata(result: ExecuteInProcessResult) -> dict[str, Any]:
    (event,) = result.filter_events(lambda event: event.is_successful_output)
    return {name: entry.value for name, entry in event.step_output_data.metadata.items()}


def quarantined(
    services: Services, *names: str, code: ErrorCode = ErrorCode.EMPTY_FILE, tenant: str = "default"
) -> str:
    """A batch whose documents are in quarantine."""
    arrivals = [Arrival(name, f"tests/{name}", "e", 1) for name in names]
    key, _ = services.ledger.register_batch(arrivals, Sender(tenant))
    services.ledger.reject_unfinished(key, Rejection.of(code, stage="ocr_text", detail="x"), "1")
    return key


def files(services: Services, result: ExecuteInProcessResult) -> list[list[str]]:
    """By new batch."""
    keys = result.output_for_node("reopen_quarantined")
    return [[document.file for document in services.ledger.batch_documents(key)] for key in keys]


def test_they_are_processed_again_in_a_new_batch(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    services = batches.services
    earlier = batches.of_files({"notes.pdf": b"larger than ten bytes, and no PDF"})
    monkeypatch.setenv("OCR_MAX_FILE_BYTES", "10")
    get_settings.cache_clear()
    batches.run(earlier)
    (before,) = services.ledger.batch_documents(earlier)
    assert before.reason is not None
    assert before.reason.code is ErrorCode.FILE_TOO_LARGE
    monkeypatch.delenv("OCR_MAX_FILE_BYTES")
    get_settings.cache_clear()

    (key,) = run(services, codes=["file_too_large"]).output_for_node("reopen_quarantined")

    (waiting,) = services.ledger.batch_documents(key)
    assert (waiting.id, waiting.state, waiting.refusal) == (before.id, State.WAITING, None)
    assert [batch.key for batch in services.ledger.take_unfinished_batches(0)] == [key]
    batches.instance.add_dynamic_partitions("batches", [key])
    batches.run(key)
    (after,) = services.ledger.batch_documents(key)
    assert after.reason is not None
    assert after.reason.code is ErrorCode.TYPE_MISMATCH
    assert is_finished(services.database, key)


def test_why_they_were_there_stays_with_the_run(resource: Services) -> None:
    earlier = quarantined(resource, "a.pdf")

    shown = metadata(run(resource))

    (record,) = shown["why they were in quarantine"].records
    assert record.data["file"] == "a.pdf"
    assert record.data["codes"] == "empty_file"
    assert record.data["message"].startswith("The file holds no bytes.")
    assert record.data["earlier batch"] == earlier
    assert shown["still in quarantine, by code"] == {}


def test_the_earlier_batch_stays_finished(resource: Services) -> None:
    earlier = quarantined(resource, "a.pdf")

    run(resource)

    assert is_finished(resource.database, earlier)
    assert earlier not in [batch.key for batch in resource.ledger.take_unfinished_batches(0)]


def test_they_are_chosen_by_what_is_given(resource: Services) -> None:
    quarantined(resource, "empty.pdf")
    quarantined(resource, "failed.pdf", code=ErrorCode.PROCESSING_FAILED)
    quarantined(resource, "others.pdf", tenant="acme")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    assert files(resource, run(resource, since=tomorrow)) == []
    assert files(resource, run(resource, until="2020-01-01")) == []
    assert files(resource, run(resource, codes=["processing_failed"], until=tomorrow)) == [["failed.pdf"]]
    assert files(resource, run(resource, tenant="acme")) == [["others.pdf"]]
    assert files(resource, run(resource)) == [["empty.pdf"]]
    assert files(resource, run(resource)) == []


def test_a_batch_holds_documents_of_one_tenant_and_no_more_than_asked_for(resource: Services) -> None:
    quarantined(resource, "a", "b", "c")
    quarantined(resource, "d", tenant="acme")

    result = run(resource, documents_per_batch=2)

    assert sorted(map(len, files(resource, result))) == [1, 1, 2]
    for key in result.output_for_node("reopen_quarantined"):
        assert len({document.tenant for document in resource.ledger.batch_documents(key)}) == 1


def test_the_limit_takes_the_earliest(resource: Services) -> None:
    quarantined(resource, "first", "second", "third")

    assert files(resource, run(resource, limit=2)) == [["first", "second"]]


def test_what_was_cancelled_comes_back_only_by_name(resource: Services) -> None:
    key, (document,) = resource.ledger.register_batch([Arrival("a", "tests/a", "e", 1)])
    cancel_batch(resource.database, key)

    assert files(resource, run(resource)) == []
    assert files(resource, run(resource, documents=[document])) == [["a"]]
    found = resource.ledger.document(document)
    assert found is not None
    assert found.is_wanted


def test_an_id_that_is_not_in_quarantine_is_named_and_nothing_is_launched(resource: Services) -> None:
    key = quarantined(resource, "a", "b")
    there, erased = resource.ledger.batch_documents(key)
    erase(resource.database, resource.store, erased)

    with pytest.raises(Failure, match=f"Not in quarantine: {erased.id}"):
        run(resource, documents=[there.id, erased.id])

    assert files(resource, run(resource)) == [["a"]]
