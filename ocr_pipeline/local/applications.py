"""The programs of the pipeline itself, which run on the servers."""

import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from ocr_pipeline.local import elsewhere
from ocr_pipeline.local.folders import write_dagster_files
from ocr_pipeline.local.plan import Plan, Service
from ocr_pipeline.local.ports import HOST, Port
from ocr_pipeline.local.program import Program
from ocr_pipeline.storage.queues import Queue

_LOAD_SECONDS = 180.0


@dataclass(frozen=True)
class Applications:
    """`prepare` runs when the servers answer, before the first of `programs` (stages from 2 on) is started."""

    prepare: Callable[[Plan], None]
    programs: Callable[[Plan], Sequence[Program]]


def _prepare(plan: Plan) -> None:
    """Raises PipelineError(SERVICE_UNAVAILABLE, INVALID_SETTING) where a service that is not our own is of no use."""
    from ocr_pipeline.storage.database import migrate

    elsewhere.require(plan)
    migrate(plan.database_url)
    write_dagster_files(plan.folders.dagster_home)


def _programs(plan: Plan) -> list[Program]:
    settings = plan.settings
    batch = [_worker(plan, f"batch-{number + 1}", Queue.BATCH) for number in range(settings.batch_workers)]
    interactive = [
        _worker(plan, f"interactive-{number + 1}", Queue.INTERACTIVE) for number in range(settings.interactive_workers)
    ]
    dagster = [_code_server(plan), _web_server(plan), _daemon(plan)] if Service.DAGSTER in plan.own else []
    return [*batch, *interactive, _api(plan), *dagster]


def _code_server(plan: Plan) -> Program:
    port = plan.ports[Port.CODE_SERVER]
    return _python(
        plan,
        name="code-server",
        title="Dagster's code server",
        stage=2,
        module=("dagster", "api", "grpc", "-m", "ocr_pipeline.definitions", "--host", HOST, "--port", str(port)),
        ready=lambda: _listens(port),
    )


def _web_server(plan: Plan) -> Program:
    workspace = plan.folders.dagster_home / "workspace.yaml"
    return _python(
        plan,
        name="dagster-webserver",
        title="Dagster's web server",
        stage=3,
        module=("dagster_webserver", "-h", HOST, "-p", str(plan.ports[Port.DAGSTER]), "-w", str(workspace)),
        ready=lambda: _answers(f"{plan.dagster_url}/server_info"),
    )


def _daemon(plan: Plan) -> Program:
    workspace = plan.folders.dagster_home / "workspace.yaml"
    return _python(
        plan,
        name="dagster-daemon",
        title="Dagster's daemon",
        stage=3,
        module=("dagster._daemon", "run", "-w", str(workspace)),
        ready=None,
    )


def _api(plan: Plan) -> Program:
    return _python(
        plan,
        name="api",
        title="the API",
        stage=2,
        module=(
            *("uvicorn", "api.app:app", "--host", HOST, "--port", str(plan.ports[Port.API])),
            *("--workers", str(plan.settings.api_processes), "--no-access-log"),
        ),
        ready=lambda: _answers(f"{plan.api_url}/docs"),
    )


def _worker(plan: Plan, name: str, queue: Queue) -> Program:
    node = f"{name}@{socket.gethostname()}"
    return _python(
        plan,
        name=name,
        title=f"worker {name}",
        stage=2,
        module=("ocr_pipeline", "worker", "--queue", queue, "--name", name),
        ready=lambda: _worker_answers(plan, node),
        # Celery ends its pool itself; a signal to the pool would cut short the run in it.
        stop_group=False,
    )


def _python(
    plan: Plan,
    *,
    name: str,
    title: str,
    stage: int,
    module: tuple[str, ...],
    ready: Callable[[], bool] | None,
    stop_group: bool = True,
) -> Program:
    return Program(
        name=name,
        title=title,
        stage=stage,
        command=(sys.executable, "-m", *module),
        # uvicorn and celery import from their folder first: one without modules.
        directory=plan.folders.dagster_home,
        ready=ready,
        ready_seconds=_LOAD_SECONDS,
        # Python programs fail, if they do, while they import; that takes seconds.
        settle_seconds=5,
        stop_group=stop_group,
    )


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=2).close()
    except OSError:
        return False
    return True


def _answers(url: str) -> bool:
    try:
        return not httpx.get(url, timeout=5, trust_env=False).is_server_error
    except httpx.TransportError:
        return False


def _worker_answers(plan: Plan, node: str) -> bool:
    # Imported here: commands that start nothing do without it.
    from celery import Celery

    with Celery(broker=plan.redis_url) as app:
        return bool(app.control.ping(destination=[node], timeout=1.0))


PIPELINE = Applications(prepare=_prepare, programs=_programs)
