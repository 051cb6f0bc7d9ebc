"""Launches runs into warm Celery workers, and notices when a worker died under a run."""

import time
from typing import Any
from uuid import uuid4

from celery import states
from dagster import DagsterRun, DagsterRunStatus
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._core.storage.tags import BACKFILL_ID_TAG
from dagster_celery.launcher import CeleryRunLauncher, _get_run_priority
from dagster_celery.tags import DAGSTER_CELERY_QUEUE_TAG, DAGSTER_CELERY_RUN_PRIORITY_TAG, DAGSTER_CELERY_TASK_ID_TAG

from ocr_pipeline.storage.connections import CELERY
from ocr_pipeline.storage.queues import LATER
from ocr_pipeline.storage.run_queue import open_run_queue

MISSING_SINCE_TAG = "ocr_pipeline/missing_since"
"""On a run that was in no queue and with no worker: when that was seen first, in seconds since 1970.

Empty once it was found after all.
"""

_ANSWER_SECONDS = (2.0, 8.0)
"""How long a worker may take to answer; it is asked again, since one that was just reconnecting is not dead."""
_MISSING_SECONDS = 15.0
"""A task is on its way from its queue to a worker for less than this."""


class WarmWorkerRunLauncher(CeleryRunLauncher):
    """CeleryRunLauncher with a health check that asks the worker.

    Celery's result backend goes on saying "started" of a task whose worker was killed. The worker itself knows
    better: it lists what it is working on. And it says "pending" of a task that waits as of one that Redis has lost.
    Dagster's run monitoring fails such a run, and the inbox sensor starts another, which finds finished documents done.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.celery.conf.update(CELERY)

    def launch_run(self, context: LaunchRunContext) -> None:
        """A backfill's run goes after those of new files, unless it names a priority itself."""
        run = context.dagster_run
        if BACKFILL_ID_TAG in run.tags and DAGSTER_CELERY_RUN_PRIORITY_TAG not in run.tags:
            run = run.with_tags({**run.tags, DAGSTER_CELERY_RUN_PRIORITY_TAG: str(LATER)})
        super().launch_run(context._replace(dagster_run=run))

    def _launch_celery_task_run(self, run: DagsterRun, task_signature: Any, routing_key: str) -> None:
        """Notes the task before it is sent, where dagster-celery does so after.

        Dagster writes all tags of a run at once, as it read them just before: whoever noted the task at the moment at
        which a worker takes it and notes something itself could lose the one or the other.
        """
        task_id = str(uuid4())
        queue = run.tags.get(DAGSTER_CELERY_QUEUE_TAG, self.default_queue)
        self._instance.add_run_tags(run.run_id, {DAGSTER_CELERY_TASK_ID_TAG: task_id})
        self._instance.report_engine_event(f"Sending the run to the queue {queue}.", run, cls=self.__class__)
        task_signature.apply_async(
            task_id=task_id, priority=_get_run_priority(run), queue=queue, routing_key=f"{queue}.{routing_key}"
        )

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        if not self.is_lost(run):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        # The run may have ended while the worker was asked.
        current = self._instance.get_run_by_id(run.run_id)
        if current is None or current.status != DagsterRunStatus.STARTED:
            return CheckRunHealthResult(WorkerStatus.SUCCESS)
        return CheckRunHealthResult(WorkerStatus.FAILED, "No worker is working on the run any more.")

    def is_lost(self, run: DagsterRun) -> bool:
        """Whether an unfinished run is neither waiting for a worker nor being worked on.

        A run that is nowhere, or with a worker that does not answer, counts as lost only if it is so for some seconds:
        a worker that is reconnecting is not dead.
        """
        found = self._look_for(run)
        since = run.tags.get(MISSING_SINCE_TAG)
        if found is not None:
            if found and since:
                self._instance.add_run_tags(run.run_id, {MISSING_SINCE_TAG: ""})
            return not found
        if not since:
            self._instance.add_run_tags(run.run_id, {MISSING_SINCE_TAG: f"{time.time():.0f}"})
            return False
        return time.time() - float(since) > _MISSING_SECONDS

    def is_taken(self, task_id: str) -> bool:
        """Whether a worker is working on a task that is known by its id alone."""
        task = self.celery.AsyncResult(task_id)
        return bool(task.state == states.STARTED and self._is_working(task))

    def _look_for(self, run: DagsterRun) -> bool | None:
        """Whether somebody has the run; None where that cannot be told yet."""
        task_id = run.tags.get(DAGSTER_CELERY_TASK_ID_TAG)
        if task_id is None:  # it is about to be launched
            return None
        task = self.celery.AsyncResult(task_id)
        if task.state == states.STARTED:
            return self._is_working(task)
        if task.state == states.PENDING:
            return True if self._is_somewhere(run, task_id) else None
        return False

    def _is_working(self, task: Any) -> bool | None:
        """Whether the worker that began the task is at it; None where it does not answer."""
        worker = task.info.get("hostname") if isinstance(task.info, dict) else None
        if worker is None:
            return False
        for seconds in _ANSWER_SECONDS:
            answer = self.celery.control.inspect(destination=[worker], timeout=seconds, limit=1).active()
            if answer:
                return any(entry["id"] == task.id for entry in answer.get(worker, []))
        return None

    def _is_somewhere(self, run: DagsterRun, task_id: str) -> bool:
        queue = run.tags.get(DAGSTER_CELERY_QUEUE_TAG, self.default_queue)
        if open_run_queue(self.broker).keeps(queue, task_id):
            return True
        # Redis may have lost its data under a run that goes on: then it is not known which worker has it.
        return run.status == DagsterRunStatus.STARTED and self._is_anybody_working(task_id)

    def _is_anybody_working(self, task_id: str) -> bool:
        answers = self.celery.control.inspect(timeout=_ANSWER_SECONDS[0]).active() or {}
        return any(entry["id"] == task_id for tasks in answers.values() for entry in tasks)
