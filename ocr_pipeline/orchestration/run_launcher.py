"""Launches runs into warm Celery workers, and notices when a worker died under a run."""

from typing import Any

from celery import states
from dagster import DagsterRun, DagsterRunStatus
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

_ANSWER_SECONDS = (2.0, 8.0)
"""How long a worker may take to answer; it is asked again, since one that was just reconnecting is not dead."""


class WarmWorkerRunLauncher(CeleryRunLauncher):
    """CeleryRunLauncher with a health check that asks the worker.

    Celery's result backend goes on saying "started" of a task whose worker was killed. The worker itself knows
    better: it lists what it is working on. Dagster's run monitoring then fails the run, and the inbox sensor starts
    another, which finds finished documents done.
    """

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        if not self.is_lost(run):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        # The run may have ended while the worker was asked.
        current = self._instance.get_run_by_id(run.run_id)
        if current is None or current.status != DagsterRunStatus.STARTED:
            return CheckRunHealthResult(WorkerStatus.SUCCESS)
        return CheckRunHealthResult(WorkerStatus.FAILED, "No worker is working on the run any more.")

    def is_lost(self, run: DagsterRun) -> bool:
        """Whether an unfinished run is neither waiting for a worker nor being worked on."""
        task_id = run.tags.get(DAGSTER_CELERY_TASK_ID_TAG)
        if task_id is None:
            return True
        task = self.celery.AsyncResult(task_id)
        if task.state == states.STARTED:
            return not self._is_working(task)
        return bool(task.state != states.PENDING)

    def is_taken(self, task_id: str) -> bool:
        """Whether a worker is working on a task that is known by its id alone."""
        task = self.celery.AsyncResult(task_id)
        return bool(task.state == states.STARTED) and self._is_working(task)

    def _is_working(self, task: Any) -> bool:
        worker = task.info.get("hostname") if isinstance(task.info, dict) else None
        if worker is None:
            return False
        for seconds in _ANSWER_SECONDS:
            answer = self.celery.control.inspect(destination=[worker], timeout=seconds, limit=1).active()
            if answer:
                return any(entry["id"] == task.id for entry in answer.get(worker, []))
        return False
