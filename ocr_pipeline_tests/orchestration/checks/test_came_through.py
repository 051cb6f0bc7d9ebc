import pytest
from dagster import AssetKey

from ocr_pipeline.documents.model import State
from ocr_pipeline.orchestration.checks.came_through import check_came_through
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline_tests.orchestration.batch_runs import Batches
from ocr_pipeline_tests.orchestration.checks.runs import results, run_together


def test_as_many_as_went_in_pass() -> None:
    result = check_came_through({"1", "2"}, ["1", "2"])

    assert result.passed
    assert {name: entry.value for name, entry in result.metadata.items()} == {
        "documents": 2,
        "came through": 2,
        "left meanwhile": 0,
    }


def test_a_document_that_a_stage_lost_is_named() -> None:
    result = check_came_through({"1", "2", "3"}, ["1", "2"])

    assert not result.passed
    assert result.metadata["missing"].value == ["3"]


def test_what_was_erased_or_cancelled_meanwhile_is_not_missed() -> None:
    result = check_came_through({"1"}, ["1", "2"])

    assert result.passed
    assert result.metadata["left meanwhile"].value == 1


def test_where_a_stage_loses_a_document_nothing_follows_and_the_next_run_heals_it(
    batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = batches.of_files({"a.pdf": b"", "b.txt": b"no document"})
    start_batch = Ledger.start_batch

    def loses_one(ledger: Ledger, key: str) -> list[LedgerDocument]:
        return start_batch(ledger, key)[1:]

    with monkeypatch.context() as fault:
        fault.setattr(Ledger, "start_batch", loses_one)
        assert not run_together(batches, batch)
    assert results(batches.instance, "raw_images", "every_document_came_through") == {batch: "FAILED"}
    for after in ("normalized_images", "validated_tables"):
        assert batches.instance.fetch_materializations(AssetKey(after), limit=1).records == []
    states = {document.state for document in batches.services.ledger.batch_documents(batch)}
    assert states == {State.PROCESSING}

    assert run_together(batches, batch)

    for stage in ("raw_images", "normalized_images", "ocr_text", "structured_records"):
        assert results(batches.instance, stage, "every_document_came_through")[batch] == "SUCCEEDED"
    assert {each.state for each in batches.services.ledger.batch_documents(batch)} == {State.REJECTED}
