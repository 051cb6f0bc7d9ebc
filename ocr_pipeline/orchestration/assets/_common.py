"""What the five assets have in common.

Their functions import the stages where they run, so that a process that only looks at the assets (Dagster's web
server asks for that) does not load OpenCV, MuPDF or Pandera.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from dagster import AssetCheckSpec, AssetExecutionContext, AssetsDefinition, MaterializeResult, PreviewWarning, asset

from ocr_pipeline.orchestration import ahead
from ocr_pipeline.orchestration.partitions import batches
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.settings import get_settings
from ocr_pipeline.versions import Stage, stage_versions


def stage_asset(
    stage: Stage, *, kinds: set[str], deps: Sequence[AssetsDefinition] = (), check_specs: Sequence[AssetCheckSpec] = ()
) -> Callable[[Callable[..., Any]], AssetsDefinition]:
    """The asset of a stage: its version is its code version, a batch is its partition.

    In place of its result the function may return what makes it, for which nobody has to wait.
    """

    def decorate(work: ahead.Work) -> AssetsDefinition:
        # Dagster takes no parameter of the result's type where there are checks.
        def take_over(context: AssetExecutionContext, services: Services) -> MaterializeResult:  # type: ignore[type-arg]
            begun = ahead.result_of(context.partition_key, stage)
            result = work(context, services) if begun is None else begun.result()
            return result() if callable(result) else result  # type: ignore[no-any-return]  # it is what Dagster checks

        take_over.__doc__ = work.__doc__
        ahead.register(stage, work)
        return asset(
            name=stage,
            deps=deps,
            check_specs=check_specs or None,
            partitions_def=batches,
            code_version=stage_versions(get_settings())[stage],
            group_name="documents",
            owners=["team:documents"],
            kinds=kinds,
        )(take_over)

    return decorate


def blocking_check(stage: Stage, name: str, description: str) -> AssetCheckSpec:
    """A check of every batch by itself, which holds back what follows when it fails."""
    with warnings.catch_warnings():
        # Dagster warns that checks of partitions are new. The pinned version has them, and tests watch them.
        warnings.simplefilter("ignore", PreviewWarning)
        return AssetCheckSpec(name, asset=stage, partitions_def=batches, blocking=True, description=description)
