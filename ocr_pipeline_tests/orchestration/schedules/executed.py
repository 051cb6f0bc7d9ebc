"""Runs of the scheduled jobs in this process, as a worker carries them out."""

from typing import Any

from dagster import DagsterInstance, ExecuteInProcessResult, JobDefinition

from ocr_pipeline.orchestration.resources import Services


def execute(
    job: JobDefinition, instance: DagsterInstance, services: Services, *, raise_on_error: bool = True, **config: Any
) -> ExecuteInProcessResult:
    """`config` is that of the job's only op."""
    (node,) = job.nodes
    return job.execute_in_process(
        instance=instance,
        resources={"services": services},
        run_config={"ops": {node.name: {"config": config}}},
        raise_on_error=raise_on_error,
    )


def told(result: ExecuteInProcessResult) -> dict[str, Any]:
    """What the run shows as metadata, be it of its end or of its failure."""
    for event in result.all_events:
        if event.is_successful_output:
            return {name: entry.value for name, entry in event.step_output_data.metadata.items()}
        if event.is_step_failure and event.step_failure_data.user_failure_data is not None:
            found = event.step_failure_data.user_failure_data.metadata
            return {name: entry.value for name, entry in found.items()}
    message = "the run told nothing"
    raise AssertionError(message)
