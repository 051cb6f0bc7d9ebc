"""What is noted of a run as a worker takes it: which worker it is, and where traces are on, a span.

A run's span belongs to the trace of the request that the run was launched for, if there is one.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from functools import lru_cache
from typing import Any

from celery.signals import task_postrun, task_prerun, worker_process_shutdown
from dagster._core.storage.tags import PARTITION_NAME_TAG
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import unpack_value

from ocr_pipeline import tracing
from ocr_pipeline.orchestration.run_history import RunHistory
from ocr_pipeline.orchestration.run_storage import PooledPostgresStorage
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.run_queue import TASK

_under_way = ExitStack()
"""Of the process's one task."""


def follow_runs() -> None:
    """To be called in a worker's process before its first run."""
    task_prerun.connect(_begin)
    task_postrun.connect(_end)
    worker_process_shutdown.connect(_flush)


def _begin(*, task: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], **_: object) -> None:
    worker = task.request.hostname
    tags = args[1] if task.name == TASK else _begin_run(kwargs, worker)
    span = tracing.span("run", parent=tags.get(tracing.TAG), batch=tags.get(PARTITION_NAME_TAG), worker=worker)
    _under_way.enter_context(span)


def _end(**_: object) -> None:
    _under_way.close()


def _flush(**_: object) -> None:
    tracing.flush()


def _begin_run(kwargs: Mapping[str, Any], worker: str) -> Mapping[str, str]:
    """Notes the worker of a run that exists already; its tags."""
    run_id = unpack_value(kwargs["execute_job_args_packed"], ExecuteRunArgs).run_id
    _history().note_worker(run_id, worker)
    return _history().tags(run_id) if tracing.is_enabled() else {}


@lru_cache(maxsize=1)
def _history() -> RunHistory:
    return RunHistory(PooledPostgresStorage(get_settings().database_url.get_secret_value()))
