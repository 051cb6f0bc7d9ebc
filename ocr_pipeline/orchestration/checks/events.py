"""What a step tells Dagster of its batches: a materialization of each, and the results of their checks.

Dagster's own way, a MaterializeResult with AssetCheckResults, is for runs of one partition. In a run of several it
enters one result without a partition and leaves those of the partitions open forever; and in any run it looks up the
materialization twice for each check. AssetCheckEvaluation says of which batch a result is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dagster import AssetCheckEvaluation, AssetCheckResult, AssetCheckSpec, AssetExecutionContext, MaterializeResult
from dagster import Output as StepOutput

from ocr_pipeline.versions import Stage


class BatchResult(NamedTuple):
    """What a stage made of one batch."""

    metadata: Mapping[str, Any]
    checks: Sequence[AssetCheckResult]
    """One of each check of the stage, with its name."""


Events = Iterator[MaterializeResult[None] | StepOutput[None] | AssetCheckEvaluation]


def stage_events(results: Mapping[str, BatchResult], specs: Sequence[AssetCheckSpec], stage: Stage) -> Events:
    """To be returned by the stage's step; `results` are by batch, `specs` the stage's checks."""
    if len(results) == 1:
        (only,) = results.values()
        yield MaterializeResult(metadata=only.metadata)
    else:
        context = AssetExecutionContext.get()
        for batch, result in results.items():
            context.add_asset_metadata(result.metadata, asset_key=stage, partition_key=batch)
        yield MaterializeResult()
    checks = {batch: result.checks for batch, result in results.items()}
    yield from check_events(checks, specs)


def check_events(
    checks: Mapping[str, Sequence[AssetCheckResult]], specs: Sequence[AssetCheckSpec]
) -> Iterator[StepOutput[None] | AssetCheckEvaluation]:
    """The results by batch, as the events that enter each with its batch."""
    for spec in specs:
        # What Dagster takes for a sign that the check was made.
        yield StepOutput(None, output_name=spec.get_python_identifier())
        for batch, results in checks.items():
            yield from (_evaluation(spec, batch, result) for result in results if result.check_name == spec.name)


def _evaluation(spec: AssetCheckSpec, batch: str, result: AssetCheckResult) -> AssetCheckEvaluation:
    return AssetCheckEvaluation(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=result.passed,
        metadata=result.metadata,
        severity=result.severity,
        description=result.description,
        blocking=spec.blocking,
        partition=batch,
    )
