"""Runs that somebody waits for: created, and carried out at once, by the worker that takes their batch from the queue.

Dagster's own way from a request to a worker leads over its web server and its code server, and in the worker over a job
that is put together anew. Here what all runs have in common is made once a process. What comes of it is the same: the
same job, steps, events and tags, and a run that Dagster's UI shows, stops and executes again like any other. Only
what can be said of many documents alone, the quality of a batch, is left out.
"""

import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, JobDefinition, RunsFilter
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import ExecuteRunWithPlanIterable, create_execution_plan, job_execution_iterator
from dagster._core.execution.context_creation_job import (
    PlanOrchestrationContextManager,
    orchestration_context_event_generator,
)
from dagster._core.origin import DEFAULT_DAGSTER_ENTRY_POINT, JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.snap import snapshot_from_execution_plan
from dagster._core.storage.tags import PARTITION_NAME_TAG
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

from ocr_pipeline.orchestration.ahead import stages_ahead
from ocr_pipeline.orchestration.checks.quality import batch_quality
from ocr_pipeline.orchestration.current_run import require_current
from ocr_pipeline.orchestration.partitions import batches

_UNRECORDED_SECONDS = 2.0
"""A batch whose stages take longer gets its run while they are carried out; receipts are done by then."""


class InteractiveRuns:
    """`module` is the code location's, where `job` is defined."""

    def __init__(self, instance: DagsterInstance, job: JobDefinition, module: str) -> None:
        self._instance = instance
        self._job = job
        reference = instance.get_ref() if instance.is_persistent else None
        whole = create_execution_plan(job, instance_ref=reference)
        steps = [step for step in whole.step_keys_to_execute if step != batch_quality.node_def.name]
        self._plan = create_execution_plan(job, step_keys_to_execute=steps, instance_ref=reference)
        self._plan_snapshot = snapshot_from_execution_plan(self._plan, job.get_job_snapshot_id())
        self._origin = _python_origin(job.name, module)

    def carry_out(self, run_id: str, batch: str, tags: Mapping[str, str]) -> None:
        """Takes a batch through the job.

        A batch that has a run already is left to it, and to the inbox sensor: the task was delivered twice, or so late
        that the sensor has had the batch run meanwhile.
        """
        if self._instance.get_run_ids(RunsFilter(tags={PARTITION_NAME_TAG: batch}), limit=1):
            return
        with stages_ahead(batch) as stages:
            # Not at the same time, while there is hope that this is soon: it would only take the cores from the stages.
            stages.are_done.wait(_UNRECORDED_SECONDS)
            self._instance.add_dynamic_partitions(str(batches.name), [batch])
            # Celery's task has the run's id: the launcher finds the one by the other.
            run = self._create(run_id, {**tags, DAGSTER_CELERY_TASK_ID_TAG: run_id})
            stages.require_current = partial(require_current, self._instance, run_id)
            try:
                self._execute(run)
            except Exception:
                self._instance.report_run_failed(run, "What carries out the run failed; the worker's log says why.")
                raise

    def _create(self, run_id: str, tags: Mapping[str, str]) -> DagsterRun:
        return self._instance.create_run(
            job_name=self._job.name,
            run_id=run_id,
            run_config={},
            status=DagsterRunStatus.NOT_STARTED,
            tags=tags,
            root_run_id=None,
            parent_run_id=None,
            step_keys_to_execute=self._plan.step_keys_to_execute,
            execution_plan_snapshot=self._plan_snapshot,
            job_snapshot=self._job.get_job_snapshot(),
            parent_job_snapshot=self._job.get_parent_job_snapshot(),
            asset_selection=None,
            asset_check_selection=None,
            resolved_op_selection=None,
            op_selection=None,
            remote_job_origin=_remote_origin(self._job.name),
            job_code_origin=self._origin,
            asset_graph=self._job.asset_layer.asset_graph,
        )

    def _execute(self, run: DagsterRun) -> None:
        """As Dagster's `execute_run` does, but for a plan that is there already."""
        for _ in ExecuteRunWithPlanIterable(
            execution_plan=self._plan,
            iterator=job_execution_iterator,
            execution_context_manager=PlanOrchestrationContextManager(
                context_event_generator=orchestration_context_event_generator,
                job=InMemoryJob(self._job),
                execution_plan=self._plan,
                dagster_run=run,
                instance=self._instance,
                run_config={},
                raise_on_error=False,
                executor_defs=None,
                output_capture=None,
            ),
        ):
            pass


def _python_origin(job: str, module: str) -> JobPythonOrigin:
    pointer = ModuleCodePointer(module, "defs", str(Path.cwd()))
    return JobPythonOrigin(
        job, RepositoryPythonOrigin(sys.executable, pointer, entry_point=list(DEFAULT_DAGSTER_ENTRY_POINT))
    )


def _remote_origin(job: str) -> RemoteJobOrigin | None:
    """Where Dagster's web server finds the job: what ``workspace.yaml`` says."""
    host, port = os.environ.get("OCR_CODE_SERVER_HOST"), os.environ.get("OCR_CODE_SERVER_PORT")
    if not host or not port:
        return None
    location = GrpcServerCodeLocationOrigin(host, int(port), location_name="ocr_pipeline")
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), job)
