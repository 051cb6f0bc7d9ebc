"""Each check passes a good batch, and says what is wrong with one that is made to be."""

from collections.abc import Iterator
from typing import Any

import pytest
from dagster import (
    AssetCheckKey,
    AssetKey,
    AssetSelection,
    DagsterInstance,
    Definitions,
    define_asset_job,
    in_process_executor,
)
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

from ocr_pipeline.orchestration.checks.quality import SPECS, batch_quality, judge
from ocr_pipeline.orchestration.partitions import batches as partitions
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.settings import Settings, get_settings
from ocr_pipeline.storage import batch_statistics
from ocr_pipeline.storage.batch_statistics import BatchStatistics
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline_tests.orchestration.checks.made import GOOD, earlier, numbers

LONELY = numbers(
    documents=1,
    accepted=0,
    needs_review=0,
    rejected=1,
    valid=0,
    confidence=None,
    with_sums=0,
    reconciled=0,
    duplicates=0,
    filled={},
)


def failed(batch: BatchStatistics, before: list[BatchStatistics], **settings: Any) -> set[str | None]:
    return {result.check_name for result in judge(batch, before, Settings(**settings)) if not result.passed}


def test_a_good_batch_passes_every_check() -> None:
    assert [result.check_name for result in judge(GOOD, earlier(), Settings())] == [spec.name for spec in SPECS]
    assert failed(GOOD, earlier()) == set()


@pytest.mark.parametrize(
    ("name", "changed", "lenient"),
    [
        ("outputs_are_valid", {"valid": 196}, {"least_validity": 0.95}),
        ("documents_are_sure", {"confidence": 0.4}, {"least_confidence": 0.3}),
        ("few_are_rejected", {"rejected": 80}, {"most_rejected": 0.5}),
        ("sums_agree", {"reconciled": 20}, {"least_reconciled": 0.2}),
        ("few_are_duplicates", {"duplicates": 150}, {"most_duplicates": 1.0}),
        ("like_recent_batches", {"filled": {"total": 60, "vendor_name": 171}}, {"most_drift": 0.9}),
    ],
)
def test_each_check_fails_for_what_it_is_about(name: str, changed: dict[str, Any], lenient: dict[str, float]) -> None:
    before = earlier() if name == "like_recent_batches" else []
    batch = numbers(**changed)

    assert failed(batch, before) == {name}
    assert failed(batch, before, **lenient) == set()
    (result,) = [each for each in judge(batch, before, Settings()) if each.check_name == name]
    assert result.severity.value == "WARN"
    assert {"what to do", "setting", "documents"} <= result.metadata.keys()


def test_a_single_document_raises_no_alarm_whatever_came_of_it() -> None:
    assert failed(LONELY, earlier()) == set()
    rejected = next(each for each in judge(LONELY, [], Settings()) if each.check_name == "few_are_rejected")
    assert rejected.metadata["share"].value == 1.0
    assert "chance" in str(rejected.metadata["why it passes"].value)


def test_a_batch_without_documents_raises_no_alarm() -> None:
    nothing = dict.fromkeys(("documents", "rejected", "valid", "with_sums", "reconciled", "duplicates"), 0)

    assert failed(numbers(**nothing, confidence=None, filled={}), earlier()) == set()


class Executed:
    """The checks as Dagster executes them, by themselves, on batches whose numbers are in Postgres."""

    def __init__(self, services: Services, instance: DagsterInstance) -> None:
        self.services, self.instance = services, instance
        job = define_asset_job("checks", AssetSelection.checks(batch_quality))
        self.definitions = Definitions(
            asset_checks=[batch_quality], jobs=[job], resources={"services": services}, executor=in_process_executor
        )

    def batch(self, numbers: BatchStatistics | None) -> str:
        key, _ = self.services.ledger.register_batch([Arrival("a", f"tests/{numbers}", "e", 1)])
        self.instance.add_dynamic_partitions(str(partitions.name), [key])
        if numbers is not None:
            with self.services.database.begin() as connection:
                batch_statistics.save(connection, numbers._replace(batch=key))
        return key

    def run(self, first: str, last: str | None = None) -> bool:
        """The batches from the first to the last, in one run."""
        several = {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last or first}
        tags = several if last else {PARTITION_NAME_TAG: first}
        return self.definitions.resolve_job_def("checks").execute_in_process(instance=self.instance, tags=tags).success

    def passed(self, name: str) -> dict[str | None, bool]:
        key = AssetCheckKey(AssetKey("validated_tables"), name)
        records = self.instance.event_log_storage.get_asset_check_execution_history(key, limit=100)
        return {record.partition: record.status.value == "SUCCEEDED" for record in reversed(records)}


@pytest.fixture
def executed(resource: Services) -> Iterator[Executed]:
    with DagsterInstance.ephemeral() as instance:
        yield Executed(resource, instance)


def test_a_check_can_be_executed_again_with_another_limit(executed: Executed, monkeypatch: pytest.MonkeyPatch) -> None:
    key = executed.batch(numbers(rejected=80))
    assert executed.run(key)
    assert executed.passed("few_are_rejected") == {key: False}

    monkeypatch.setenv("OCR_MOST_REJECTED", "0.6")
    get_settings.cache_clear()
    executed.run(key)

    assert executed.passed("few_are_rejected") == {key: True}


def test_in_a_run_of_several_batches_each_has_its_own_results(executed: Executed) -> None:
    first, second, third = (executed.batch(found) for found in (GOOD, numbers(duplicates=190), None))

    assert executed.run(first, third)

    assert executed.passed("few_are_duplicates") == {first: True, second: False, third: True}
    assert executed.passed("few_are_rejected") == {first: True, second: True, third: True}


def test_batches_of_other_tenants_and_lanes_are_not_compared_with(executed: Executed) -> None:
    for before in earlier(12, tenant="other"):
        executed.batch(before)
    drifted = executed.batch(numbers(filled={"total": 20}))
    executed.run(drifted)
    assert executed.passed("like_recent_batches") == {drifted: True}

    for before in earlier(12):
        executed.batch(before)
    executed.run(drifted)

    assert executed.passed("like_recent_batches") == {drifted: False}
