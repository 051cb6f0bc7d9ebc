"""What the five assets have in common.

Their functions import the stages where they run, so that a process that only looks at the assets (Dagster's web
server asks for that) does not load OpenCV, MuPDF or Pandera.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from dagster import AssetCheckSpec, AssetsDefinition, PreviewWarning, asset

from ocr_pipeline.orchestration.partitions import batches
from ocr_pipeline.settings import get_settings
from ocr_pipeline.versions import Stage, stage_versions


def stage_asset(
    stage: Stage, *, kinds: set[str], deps: Sequence[AssetsDefinition] = (), check_specs: Sequence[AssetCheckSpec] = ()
) -> Callable[[Callable[..., Any]], AssetsDefinition]:
    """The asset of a stage: its version is its code version, a batch is its partition."""
    return asset(
        name=stage,
        deps=deps,
        check_specs=check_specs or None,
        partitions_def=batches,
        code_version=stage_versions(get_settings())[stage],
        group_name="documents",
        owners=["team:documents"],
        kinds=kinds,
    )


def blocking_check(stage: Stage, name: str, description: str) -> AssetCheckSpec:
    """A check of every batch by itself, which holds back what follows when it fails."""
    with warnings.catch_warnings():
        # Dagster warns that checks of partitions are new. The pinned version has them, and tests watch them.
        warnings.simplefilter("ignore", PreviewWarning)
        return AssetCheckSpec(name, asset=stage, partitions_def=batches, blocking=True, description=description)
