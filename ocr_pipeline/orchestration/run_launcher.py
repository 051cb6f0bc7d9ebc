"""Launches runs into warm Celery workers, and notices when a worker died under a run."""

from typing import Any

from celery import states
from dagster import DagsterRun, DagsterRunStatus
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

_ANSWER_SECONDS = 3.0


class WarmWorkerRunLauncher(CeleryRunLauncher):
    """CeleryRunLauncher with a health check that asks the worker.

    Celery's result backend goes on saying "started" of a task whose worker was killed. The worker itself knows
    better: it lists what it is working on. Dagster's run monitoring then fails the run, and run retries start it
    again, where finished documents are found done.
    """

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        task_id = run.tags.get(DAGSTER_CELERY_TASK_ID_TAG)
        if task_id is None:
            return CheckRunHealthResult(WorkerStatus.UNKNOWN, "The run was never handed to a worker.")
        task = self.celery.AsyncResult(task_id)
        if task.state == states.STARTED and self._is_working(task):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        # The run may have ended while the worker was asked.
        current = self._instance.get_run_by_id(run.run_id)
        if current is None or current.status != DagsterRunStatus.STARTED:
            return CheckRunHealthResult(WorkerStatus.SUCCESS)
        return CheckRunHealthResult(
            WorkerStatus.FAILED, f"No worker is working on the run any more; its task is {task.state}."
        )

    def _is_working(self, task: Any) -> bool:
        worker = (task.info or {}).get("hostname") if isinstance(task.info, dict) else None
        if worker is None:
            return False
        inspect = self.celery.control.inspect(destination=[worker], timeout=_ANSWER_SECONDS, limit=1)
        active = (inspect.active() or {}).get(worker, [])
        return any(entry["id"] == task.id for entry in active)
