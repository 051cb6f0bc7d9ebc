"""What a data engineer sees and does in Dagster; everything goes through the GraphQL that its UI uses."""

from typing import Any

import pytest

from ocr_pipeline.samples.generate import generate
from ocr_pipeline.versions import stage_versions
from ocr_pipeline_tests.running_stack import RunningStack, wait_for

STAGES = ["raw_images", "normalized_images", "ocr_text", "structured_records", "validated_tables"]

_MATERIALIZATION = """
query ($asset: [String!]!, $partition: [String!]) {
  assetNodeOrError(assetKey: {path: $asset}) {
    ... on AssetNode {
      kinds
      opVersion
      owners { ... on TeamAssetOwner { team } }
      assetMaterializations(partitions: $partition, limit: 1) {
        metadataEntries {
          label
          ... on IntMetadataEntry { intValue }
          ... on FloatMetadataEntry { floatValue }
          ... on MarkdownMetadataEntry { mdStr }
          ... on TableMetadataEntry { table { records } }
          ... on TableSchemaMetadataEntry { schema { columns { name } } }
        }
      }
    }
  }
}
"""
_BACKFILL = """
mutation ($assets: [AssetKeyInput!]!, $partitions: [String!]!) {
  launchPartitionBackfill(backfillParams: {assetSelection: $assets, partitionNames: $partitions}) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
_BACKFILL_STATUS = """
query ($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }
"""
_CHECKS = """
query ($asset: AssetKeyInput!, $check: String!, $partition: String) {
  assetCheckExecutions(assetKey: $asset, checkName: $check, limit: 20, partition: $partition) { status }
}
"""


@pytest.fixture(scope="module")
def batches(running: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Three batches that have been processed."""
    samples = generate(tmp_path_factory.mktemp("batches"), seed=21, count=15)
    keys = running.drop("batches", {sample.path.name: sample.path.read_bytes() for sample in samples})
    running.finished(keys, seconds=180)
    return running.batches_of(keys)[:3]


def node(running: RunningStack, stage: str, batch: str) -> dict[str, Any]:
    found: dict[str, Any] = running.graphql(_MATERIALIZATION, asset=[stage], partition=[batch])["assetNodeOrError"]
    return found


def metadata(running: RunningStack, stage: str, batch: str) -> dict[str, Any]:
    """Of the batch's last materialization, by label."""
    entries = node(running, stage, batch)["assetMaterializations"][0]["metadataEntries"]
    return {entry.pop("label"): next(iter(entry.values()), None) for entry in entries}


def test_each_asset_shows_what_people_want_to_see(running: RunningStack, batches: list[str]) -> None:
    shown = {stage: metadata(running, stage, batches[0]) for stage in STAGES}

    for stage in STAGES[:4]:
        assert shown[stage]["documents"] == 5
        assert shown[stage]["computed now"] + shown[stage]["reused"] + shown[stage]["rejected"] == 5
        assert shown[stage]["seconds"] > 0
    assert "data:image/jpeg;base64," in shown["ocr_text"]["first page"]
    assert len(shown["validated_tables"]["preview"]["records"]) == 5
    columns = {column["name"] for column in shown["validated_tables"]["dagster/column_schema"]["columns"]}
    assert {"vendor_name", "document_date", "total", "currency"} <= columns


def test_each_asset_says_what_it_is(running: RunningStack, batches: list[str]) -> None:
    text = node(running, "ocr_text", batches[0])

    assert text["kinds"] == ["ppocr"]
    assert text["owners"] == [{"team": "documents"}]
    assert text["opVersion"] == stage_versions(running.settings)["ocr_text"]


@pytest.mark.parametrize("check", ["rows_are_valid", "every_document_is_accounted_for"])
def test_the_checks_of_a_batch_pass(running: RunningStack, batches: list[str], check: str) -> None:
    answer = running.graphql(_CHECKS, asset={"path": ["validated_tables"]}, check=check, partition=batches[0])

    assert answer["assetCheckExecutions"][0]["status"] == "SUCCEEDED"


def test_a_backfill_over_three_batches_succeeds_and_repeats_no_work(running: RunningStack, batches: list[str]) -> None:
    before = running.rows("SELECT document_id, total FROM documents ORDER BY 1")
    started = running.graphql(_BACKFILL, assets=[{"path": [stage]} for stage in STAGES], partitions=batches)
    backfill = started["launchPartitionBackfill"]
    assert backfill["__typename"] == "LaunchBackfillSuccess", backfill

    def status() -> str:
        answer = running.graphql(_BACKFILL_STATUS, id=backfill["backfillId"])
        return str(answer["partitionBackfillOrError"]["status"])

    wait_for(lambda: status() == "COMPLETED_SUCCESS" or None, 180, status)
    assert running.rows("SELECT document_id, total FROM documents ORDER BY 1") == before
    for batch in batches:
        assert metadata(running, "ocr_text", batch)["computed now"] == 0


def test_the_code_location_loads_without_errors(running: RunningStack) -> None:
    query = "{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus } } } }"
    answer = running.graphql(query)

    assert answer["workspaceOrError"]["locationEntries"] == [{"name": "ocr_pipeline", "loadStatus": "LOADED"}]
