"""What the five assets have in common.

Their functions import the stages where they run, so that a process that only looks at the assets (Dagster's web
server asks for that) does not load OpenCV, MuPDF or Pandera.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dagster import AssetCheckSpec, AssetExecutionContext, AssetsDefinition, BackfillPolicy, BetaWarning, asset

from ocr_pipeline.orchestration import ahead
from ocr_pipeline.orchestration.checks.came_through import came_through_check
from ocr_pipeline.orchestration.checks.events import Events, stage_events
from ocr_pipeline.orchestration.partitions import batches
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.settings import get_settings
from ocr_pipeline.versions import Stage, stage_versions

_BATCHES_IN_A_RUN = 10
"""Of a backfill. More would save little, and cost more where a run fails."""


def document_stage_asset(
    stage: Stage, *, kinds: set[str], deps: Sequence[AssetsDefinition] = ()
) -> Callable[[ahead.MakeStage], AssetsDefinition]:
    """The asset of a stage that works on documents one by one."""
    checks = [came_through_check(stage)]

    def decorate(make: ahead.MakeStage) -> AssetsDefinition:
        ahead.register_document_stage(stage, make)

        def result_of(stages: ahead.StagesAhead, tell: Callable[[str], object]) -> Events:
            return stage_events(stages.batch_results(stage, tell), checks, stage)

        return _asset(stage, make.__doc__, result_of, kinds=kinds, deps=deps, check_specs=checks)

    return decorate


def last_stage_asset(
    stage: Stage, *, kinds: set[str], deps: Sequence[AssetsDefinition], check_specs: Sequence[AssetCheckSpec]
) -> Callable[[ahead.WriteTables], AssetsDefinition]:
    """The asset of the stage that works on batches as a whole, when all other stages are done."""

    def decorate(write: ahead.WriteTables) -> AssetsDefinition:
        ahead.register_last_stage(stage, write)

        def result_of(stages: ahead.StagesAhead, tell: Callable[[str], object]) -> Events:
            events: Events = stages.result(stage, tell)
            return events

        return _asset(stage, write.__doc__, result_of, kinds=kinds, deps=deps, check_specs=check_specs)

    return decorate


def _asset(
    stage: Stage,
    description: str | None,
    result_of: Callable[[ahead.StagesAhead, Callable[[str], object]], Events],
    *,
    kinds: set[str],
    deps: Sequence[AssetsDefinition],
    check_specs: Sequence[AssetCheckSpec],
) -> AssetsDefinition:
    """The stage's version is the asset's code version, and a batch is its partition."""

    def take_over(context: AssetExecutionContext, services: Services) -> Iterator[Any]:
        stages = ahead.stages_of(context, services)
        try:
            yield from result_of(stages, context.log.info)
        except BaseException:
            stages.end()
            raise
        if stages.is_last(stage):
            stages.end()

    with warnings.catch_warnings():
        # Dagster warns that backfill policies may change. The pinned version has them, and tests watch them.
        warnings.simplefilter("ignore", BetaWarning)
        return asset(
            name=stage,
            description=description,
            deps=deps,
            check_specs=check_specs,
            partitions_def=batches,
            backfill_policy=BackfillPolicy.multi_run(max_partitions_per_run=_BATCHES_IN_A_RUN),
            code_version=stage_versions(get_settings())[stage],
            group_name="documents",
            owners=["team:documents"],
            kinds=kinds,
        )(take_over)
