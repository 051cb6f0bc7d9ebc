"""After a change of one stage Dagster names what is stale and why, and only from that stage on is computed again."""

from collections.abc import Callable

import pytest
from dagster import AssetKey, AssetsDefinition, Definitions, materialize
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest

from ocr_pipeline import versions
from ocr_pipeline.orchestration import resources
from ocr_pipeline.orchestration.assets.normalized_images import normalized_images
from ocr_pipeline.orchestration.assets.ocr_text import ocr_text
from ocr_pipeline.orchestration.assets.raw_images import raw_images
from ocr_pipeline.orchestration.assets.structured_records import structured_records
from ocr_pipeline.orchestration.assets.validated_tables import validated_tables
from ocr_pipeline.settings import get_settings
from ocr_pipeline.versions import Stage, stage_versions
from ocr_pipeline_tests.orchestration.batch_runs import Batches

STAGES: list[Stage] = ["raw_images", "normalized_images", "ocr_text", "structured_records", "validated_tables"]
Change = Callable[[pytest.MonkeyPatch], None]


def deployed() -> list[AssetsDefinition]:
    """The assets as a code server that starts now would have them."""
    now = stage_versions(get_settings())
    assets = [raw_images, normalized_images, ocr_text, structured_records, validated_tables]
    return [_of_version(asset, now[stage]) for asset, stage in zip(assets, STAGES, strict=True)]


def _of_version(asset: AssetsDefinition, version: str) -> AssetsDefinition:
    return asset.map_asset_specs(lambda spec: spec.replace_attributes(code_version=version))


def new_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(versions._CODE, "structured_records", "another")


def new_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_REVIEW_CONFIDENCE", "0.81")


@pytest.mark.parametrize(
    ("change", "stage", "computed"),
    [(new_code, "structured_records", [0, 0, 0, 1]), (new_setting, "validated_tables", [0, 0, 0, 0])],
)
def test_a_change_of_a_stage(
    batches: Batches, monkeypatch: pytest.MonkeyPatch, change: Change, stage: Stage, computed: list[int]
) -> None:
    def status(assets: list[AssetsDefinition]) -> dict[str, tuple[StaleStatus, set[str]]]:
        """Of the batch in each stage, with the causes that Dagster's UI shows."""
        graph = Definitions(assets=assets, resources={"services": batches.services}).resolve_asset_graph()
        resolver = CachingStaleStatusResolver(batches.instance, graph, LoadingContextForTest(batches.instance))
        return {
            name: (
                resolver.get_status(AssetKey(name), batch),
                {cause.reason for cause in resolver.get_stale_causes(AssetKey(name), batch)},
            )
            for name in STAGES
        }

    def run(assets: list[AssetsDefinition]) -> list[int]:
        result = materialize(
            assets, partition_key=batch, instance=batches.instance, resources={"services": batches.services}
        )
        found = {name: result.asset_materializations_for_node(name)[0].metadata for name in STAGES[:4]}
        return [int(str(found[name]["computed now"].value)) for name in STAGES[:4]]

    batch = batches.of_samples(1, seed=63)
    run(deployed())
    assert status(deployed()) == dict.fromkeys(STAGES, (StaleStatus.FRESH, set()))
    written = batches.services.ledger.batch_documents(batch)[0].versions

    change(monkeypatch)
    get_settings.cache_clear()
    resources._versions.cache_clear()
    assets = deployed()

    changed = status(assets)
    first = STAGES.index(stage)
    assert [changed[name] for name in STAGES[:first]] == [(StaleStatus.FRESH, set())] * first
    assert [changed[name][0] for name in STAGES[first:]] == [StaleStatus.STALE] * (len(STAGES) - first)
    assert changed[stage][1] == {"has a new code version"}

    assert run(assets) == computed
    assert status(assets) == dict.fromkeys(STAGES, (StaleStatus.FRESH, set()))
    again = batches.services.ledger.batch_documents(batch)[0].versions
    assert [name for name in STAGES if again[name] != written[name]] == STAGES[first:]
    resources._versions.cache_clear()
