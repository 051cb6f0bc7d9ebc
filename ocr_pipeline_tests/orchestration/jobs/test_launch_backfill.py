"""The job `launch_backfill` against Dagster's own web server."""

from datetime import UTC, datetime
from typing import Any

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult, Failure, RunConfig

from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.orchestration.jobs.launch_backfill import LaunchBackfillConfig, launch_backfill
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage import batch_statistics
from ocr_pipeline.storage.batch_statistics import BatchStatistics
from ocr_pipeline.storage.ledger_rows import Arrival, Lane, Sender
from ocr_pipeline_tests.orchestration.jobs.web_server import OF_DAGSTERS_OWN, WebServer

pytestmark = pytest.mark.filterwarnings(OF_DAGSTERS_OWN)

_BACKFILL = """
query ($id: String!) {
  partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill {
      status title description partitionNames
      assetSelection { path }
      tags { key value }
    }
  }
}
"""


def unfinished_batch(services: Services, name: str, tenant: str = "default") -> str:
    return services.ledger.register_batch([Arrival(name, f"tests/{name}", "e", 1)], Sender(tenant))[0]


def finished_batch(services: Services, name: str, tenant: str = "default") -> str:
    key = unfinished_batch(services, name, tenant)
    services.ledger.reject_unfinished(key, Rejection.of(ErrorCode.EMPTY_FILE), "1")
    return key


def note_versions(services: Services, batch: str, versions: dict[str, str]) -> None:
    counts = dict.fromkeys(
        ("documents", "pages", "accepted", "needs_review", "rejected", "valid", "with_sums", "reconciled"), 1
    )
    statistics = BatchStatistics(
        batch=batch,
        tenant="default",
        lane=Lane.BATCH,
        finished_at=datetime.now(UTC),
        **counts,
        confidence=None,
        duplicates=0,
        filled={},
        seconds={},
        versions=versions,
    )
    with services.database.begin() as connection:
        batch_statistics.save(connection, statistics)


def run(services: Services, instance: DagsterInstance, **config: Any) -> ExecuteInProcessResult:
    return launch_backfill.execute_in_process(
        run_config=RunConfig({"request_backfill": LaunchBackfillConfig(**config)}),
        resources={"services": services},
        instance=instance,
    )


def backfill_of(server: WebServer, result: ExecuteInProcessResult) -> dict[str, Any]:
    found: dict[str, Any] = server.graphql(_BACKFILL, id=result.output_for_node("request_backfill"))
    return dict(found["partitionBackfillOrError"])


def test_the_backfill_stands_on_dagsters_page(
    resource: Services, instance: DagsterInstance, web_server: WebServer
) -> None:
    keys = [finished_batch(resource, name) for name in ("a", "b")]

    result = run(resource, instance, batches=keys, reason="the new recognizer", only_outdated=False)

    found = backfill_of(web_server, result)
    assert sorted(found["partitionNames"]) == sorted(keys)
    assert found["status"] == "REQUESTED"
    assert found["description"] == "the new recognizer"
    assert len(found["assetSelection"]) == 5
    tags = {tag["key"]: tag["value"] for tag in found["tags"]}
    assert tags["ocr-pipeline/reason"] == "the new recognizer"
    assert tags["ocr-pipeline/launched_by_run"] == result.run_id
    assert tags["dagster-celery/run_priority"] == "9"


def test_only_outdated_batches_are_meant(resource: Services, instance: DagsterInstance, web_server: WebServer) -> None:
    present, before, unknown = (finished_batch(resource, name) for name in ("present", "before", "unknown"))
    note_versions(resource, present, resource.versions())
    note_versions(resource, before, {**resource.versions(), "ocr_text": "an earlier one"})

    result = run(resource, instance)

    assert set(backfill_of(web_server, result)["partitionNames"]) == {before, unknown}


def test_the_newest_come_first_and_tenants_stay_apart(
    resource: Services, instance: DagsterInstance, web_server: WebServer
) -> None:
    keys = sorted(finished_batch(resource, name) for name in "abc")
    other = finished_batch(resource, "d", tenant="other")

    newest = backfill_of(web_server, run(resource, instance, tenant="default", limit=2))
    others = backfill_of(web_server, run(resource, instance, tenant="other", from_stage="structured_records"))

    assert sorted(newest["partitionNames"]) == keys[1:]
    assert others["partitionNames"] == [other]
    assert {asset["path"][0] for asset in others["assetSelection"]} == {"structured_records", "validated_tables"}


def test_without_a_batch_that_is_meant_there_is_no_backfill(resource: Services, instance: DagsterInstance) -> None:
    note_versions(resource, finished_batch(resource, "a"), resource.versions())
    before = len(instance.get_backfills())

    assert run(resource, instance).output_for_node("request_backfill") is None
    assert run(resource, instance, until="2020-01-01").output_for_node("request_backfill") is None
    assert run(resource, instance, since="2120-01-01", only_outdated=False).success
    assert len(instance.get_backfills()) == before


def test_a_batch_that_retention_took_out_of_dagster_comes_back(
    resource: Services, instance: DagsterInstance, web_server: WebServer
) -> None:
    key = finished_batch(resource, "retired")
    assert not instance.has_dynamic_partition("batches", key)

    assert backfill_of(web_server, run(resource, instance))["partitionNames"] == [key]
    assert instance.has_dynamic_partition("batches", key)


def test_batches_come_back_in_the_order_of_their_keys(
    resource: Services, instance: DagsterInstance, web_server: WebServer
) -> None:
    keys = sorted(finished_batch(resource, name) for name in "abc")

    run(resource, instance)

    assert [key for key in instance.get_dynamic_partitions("batches") if key in keys] == keys


@pytest.mark.parametrize("name", ["nowhere", "unfinished"])
def test_a_batch_that_is_not_finished_is_named(resource: Services, instance: DagsterInstance, name: str) -> None:
    key = unfinished_batch(resource, name) if name == "unfinished" else name

    with pytest.raises(Failure, match=f"There is no finished batch {key}"):
        run(resource, instance, batches=[key])


def test_without_a_web_server_the_run_says_so(
    resource: Services, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished_batch(resource, "a")
    monkeypatch.setenv("OCR_DAGSTER_URL", "http://127.0.0.1:1")
    get_settings.cache_clear()

    with pytest.raises(Failure, match=r"http://127\.0\.0\.1:1 does not answer"):
        run(resource, instance)


def test_a_time_that_is_none_is_refused(resource: Services, instance: DagsterInstance) -> None:
    with pytest.raises(Failure, match="'yesterday' is no time"):
        run(resource, instance, since="yesterday")
