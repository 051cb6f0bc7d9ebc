"""The Celery app of warm workers: each takes runs from its queue, with engines loaded before the first.

`ocr-pipeline worker` starts one.
"""

import contextlib
import gc
import logging
import os
import shutil
import signal
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from celery.signals import task_postrun, worker_init, worker_process_init, worker_shutting_down
from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import unpack_value
from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_execute_job_task

from ocr_pipeline.cores import limit_libraries
from ocr_pipeline.orchestration import ahead, draining
from ocr_pipeline.orchestration.interactive_run import InteractiveRuns
from ocr_pipeline.orchestration.past_runs import WORKER_TAG
from ocr_pipeline.orchestration.run_signals import follow_runs
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.connections import CELERY
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.run_queue import TASK

_log = logging.getLogger(__name__)
_USELESS = 1
_worker_pid = os.getpid()
"""The worker's own process, which loads this module; its pool's processes are forks of it."""

_redis = get_settings().redis_url.get_secret_value()

app = make_app(
    {
        "broker": _redis,
        "backend": _redis,
        "config_source": {
            # A task is acknowledged when it begins, and none is fetched ahead: a worker that is killed takes
            # only its own run along, and Dagster's run monitoring has that one started again.
            "worker_prefetch_multiplier": 1,
            "worker_disable_prefetch": True,
            "worker_proc_alive_timeout": 120.0,  # seconds; loading the engines takes a while
            "worker_hijack_root_logger": False,
            "worker_redirect_stdouts": False,
            "broker_connection_retry_on_startup": True,
            **CELERY,
            "result_expires": 7 * 86400,  # seconds; run monitoring looks results up
        },
    }
)
execute_job = create_execute_job_task(app)


@app.task(bind=True, name=TASK, track_started=True)  # type: ignore[untyped-decorator]
def process_batch(self: Any, batch: str, tags: Mapping[str, str]) -> None:
    """Takes a batch that somebody waits for through all stages."""
    _interactive_runs().carry_out(self.request.id, batch, {**tags, WORKER_TAG: self.request.hostname})


@worker_init.connect  # type: ignore[untyped-decorator]  # celery has no type information
def let_the_pool_end_the_worker(**_: object) -> None:
    """At once: no run is under way in a worker whose pool cannot work, and its processes die with it.

    With a handler of its own, because the first process of a container ignores every signal, SIGKILL too, without one.
    """
    signal.signal(signal.SIGUSR2, lambda *_: os._exit(_USELESS))


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def drain(how: str, **_: object) -> None:
    """No run is begun any more, and the one that is under way has so long to end. A second signal ends it at once."""
    if how == "Warm":
        draining.begin(get_settings().drain_seconds)
        signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGQUIT))


@worker_process_init.connect  # type: ignore[untyped-decorator]
def warm_up(**_: object) -> None:
    """Does in the pool's process, before the first run, what that run would otherwise wait for.

    Where this fails every run would: the worker ends, which the supervisor sees. Celery would go on without it.
    """
    follow_runs()
    try:
        limit_libraries()
        _process_a_page()
        _leave_out_of_collections()
    except Exception:  # noqa: BLE001 - whatever it is, no run would fare better
        _log.critical("The worker cannot work, and ends.", exc_info=True)
        os.kill(_worker_pid, signal.SIGUSR2)
        os._exit(_USELESS)
    try:
        _interactive_runs()
    except Exception:  # noqa: BLE001 - Postgres may be back by the first run
        _log.warning("The first run that somebody waits for takes longer.", exc_info=True)


@lru_cache(maxsize=1)
def _interactive_runs() -> InteractiveRuns:
    """What these runs print goes to the worker's own log: capturing it for the UI takes as long as reading a page."""
    from ocr_pipeline import definitions

    no_logs = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
    instance = DagsterInstance.from_ref(
        InstanceRef.from_dir(os.environ["DAGSTER_HOME"], overrides={"compute_logs": no_logs})
    )
    return InteractiveRuns(instance, definitions.defs.resolve_job_def("process_batch"), definitions.__name__)


def _leave_out_of_collections() -> None:
    """What is loaded by now stays: looking through its million objects again and again would hold up all threads."""
    gc.collect()
    gc.freeze()


def _process_a_page() -> None:
    """A page with a few words goes through all stages, which loads the engines and makes them compile their models."""
    import cv2
    import numpy as np

    from ocr_pipeline.documents.model import Rejection
    from ocr_pipeline.orchestration import tables_metadata, verdicts  # noqa: F401 - loads Pandera
    from ocr_pipeline.pipeline import process

    page = np.full((800, 600, 3), 255, np.uint8)
    for row, text in enumerate(["Example Trading Ltd", "12 March 2026", "Total 12.00"], start=1):
        cv2.putText(page, text, (40, 80 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 2)
    # Whatever limits are set for documents: this page is none.
    settings = get_settings().model_copy(update={"max_file_bytes": 10_000_000, "max_pixels": 1_000_000})
    result = process(cv2.imencode(".png", page)[1].tobytes(), "page.png", settings).result
    if isinstance(result, Rejection):
        raise RuntimeError(result.message)  # noqa: TRY004 - a failure, whatever its type


@task_postrun.connect  # type: ignore[untyped-decorator]
def end_stages(**_: object) -> None:
    """Those of a run that came to its end before its last step."""
    ahead.end_all()


@task_postrun.connect  # type: ignore[untyped-decorator]
def hand_back(task_id: str, kwargs: Mapping[str, Any], **_: object) -> None:
    """Lets another worker go on at once with a run that was broken off because this one is to stop."""
    if draining.hands_back():
        ledger = Ledger(get_engine(get_settings().database_url.get_secret_value()))
        with DagsterInstance.get() as instance:
            draining.hand_back(instance, _run_id(kwargs) or task_id, ledger)


@task_postrun.connect  # type: ignore[untyped-decorator]
def remove_staged_logs(kwargs: Mapping[str, Any], **_: object) -> None:
    """What the run printed is in S3 by now; see ``compute_logs`` in dagster.yaml."""
    if run_id := _run_id(kwargs):
        folder = Path(os.environ["DAGSTER_HOME"], run_id)
        shutil.rmtree(folder / "compute_logs", ignore_errors=True)
        with contextlib.suppress(OSError):  # where something else is in it, or nothing was printed
            folder.rmdir()


def _run_id(kwargs: Mapping[str, Any]) -> str | None:
    """The run that Dagster's launcher sent; None for one that somebody waits for, whose id is its task's."""
    packed = kwargs.get("execute_job_args_packed")
    return None if packed is None else unpack_value(packed, ExecuteRunArgs).run_id
