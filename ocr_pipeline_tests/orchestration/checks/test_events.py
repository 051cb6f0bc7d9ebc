"""A run of several batches tells Dagster of each by itself, through the assets themselves."""

from typing import Any

import pytest
from dagster import AssetKey, DagsterInstance

from ocr_pipeline.storage import batch_statistics
from ocr_pipeline.storage.batch_accounts import Account, account_of
from ocr_pipeline_tests.orchestration.batch_runs import Batches
from ocr_pipeline_tests.orchestration.checks.runs import results, run_together


def shown(instance: DagsterInstance, name: str) -> dict[str | None, Any]:
    """What the materialization of each batch shows under this name."""
    records = instance.fetch_materializations(AssetKey("validated_tables"), limit=100).records
    return {
        record.partition_key: record.asset_materialization.metadata[name].value
        for record in records
        if record.asset_materialization
    }


def test_each_batch_of_a_run_has_its_own_results_numbers_and_metadata(batches: Batches) -> None:
    one = batches.of_files({"a.pdf": b""})
    two = batches.of_files({"a.pdf": b"", "b.txt": b"no document"})

    assert run_together(batches, one, two)

    for name in ("rows_are_valid", "every_document_is_accounted_for", "few_are_rejected"):
        assert results(batches.instance, "validated_tables", name) == {one: "SUCCEEDED", two: "SUCCEEDED"}
    assert shown(batches.instance, "documents") == {one: 1, two: 2}
    kept = {key: batch_statistics.load(batches.services.database, key) for key in (one, two)}
    assert {key: found and (found.documents, found.rejected, found.valid) for key, found in kept.items()} == {
        one: (1, 1, 1),
        two: (2, 2, 2),
    }


def test_a_blocking_check_of_one_batch_fails_the_run_and_says_which(
    batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (batches.of_files({"a.pdf": b""}) for _ in range(2))

    def loses_one(engine: Any, batch: str) -> Account:
        account = account_of(engine, batch)
        return account._replace(in_quarantine=frozenset()) if batch == two else account

    monkeypatch.setattr("ocr_pipeline.orchestration.batch_tables.account_of", loses_one)

    assert not run_together(batches, one, two)

    assert results(batches.instance, "validated_tables", "every_document_is_accounted_for") == {
        one: "SUCCEEDED",
        two: "FAILED",
    }
