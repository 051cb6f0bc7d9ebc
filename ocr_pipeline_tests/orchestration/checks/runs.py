"""Runs of several batches, and what their checks came to."""

from dagster import AssetCheckKey, AssetKey, DagsterInstance, materialize
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from ocr_pipeline.orchestration.ahead import end_all
from ocr_pipeline.orchestration.assets.normalized_images import normalized_images
from ocr_pipeline.orchestration.assets.ocr_text import ocr_text
from ocr_pipeline.orchestration.assets.raw_images import raw_images
from ocr_pipeline.orchestration.assets.structured_records import structured_records
from ocr_pipeline.orchestration.assets.validated_tables import validated_tables
from ocr_pipeline.orchestration.checks.quality import batch_quality
from ocr_pipeline_tests.orchestration.batch_runs import Batches

_ALL = [raw_images, normalized_images, ocr_text, structured_records, validated_tables, batch_quality]


def run_together(batches: Batches, first: str, last: str | None = None) -> bool:
    """The batches from the first to the last in one run; whether it succeeded."""
    tags = {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last or first}
    resources = {"services": batches.services}
    try:
        result = materialize(_ALL, tags=tags, instance=batches.instance, resources=resources, raise_on_error=False)
        return result.success
    finally:
        end_all()  # as the worker does after a run


def results(instance: DagsterInstance, asset: str, check: str) -> dict[str | None, str]:
    """By batch, the latest."""
    key = AssetCheckKey(AssetKey(asset), check)
    found = instance.event_log_storage.get_asset_check_execution_history(key, limit=100)
    return {record.partition: record.status.value for record in reversed(found)}
