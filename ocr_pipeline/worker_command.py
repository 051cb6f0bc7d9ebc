"""`ocr-pipeline worker`: one warm worker, which joins from any host by settings alone."""

import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from rich.console import Console

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local.commands import explained
from ocr_pipeline.lock_files import LockFiles
from ocr_pipeline.settings import Settings, get_settings
from ocr_pipeline.storage.queues import Queue

_PATIENCE_SECONDS = 30.0
"""For services that are just being started again."""
_LOOK_SECONDS = 1.0

_QUEUE = typer.Option("--queue", "-q", help="Queue to take runs from; may be given several times.")
_NAME = typer.Option(help="Name of the worker, unlike any other's on this host; made up where it is not given.")


def worker(queue: Annotated[list[Queue] | None, _QUEUE] = None, name: Annotated[str, _NAME] = "") -> None:
    """Start a worker; it needs the addresses and keys of Postgres, Redis and S3, as in credentials.env."""
    queues = set(queue or [Queue.BATCH])
    if Queue.BATCH in queues:
        queues.add(Queue.HOUSEKEEPING)
    console = Console(stderr=True)
    with explained(console):
        settings = get_settings()
        _await_services(settings, console)
        home = _dagster_home(settings, name)
        os.environ.update(_environment(settings, home))
    # Celery imports from its folder first: one without modules.
    os.chdir(home)
    os.execv(sys.executable, [sys.executable, "-m", *_celery(settings, sorted(queues), name)])  # noqa: S606


def _await_services(settings: Settings, console: Console) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    said = ""
    while True:
        try:
            return _require_services(settings)
        except PipelineError as error:
            if error.code != ErrorCode.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                raise
            if error.message != said:
                said = error.message
                console.print(f"{said} Trying again.", markup=False, highlight=False)
        time.sleep(_LOOK_SECONDS)


def _require_services(settings: Settings) -> None:
    """Raises PipelineError(INVALID_SETTING, SERVICE_UNAVAILABLE)."""
    from ocr_pipeline.local.elsewhere import require_redis
    from ocr_pipeline.storage.database import require_migrated
    from ocr_pipeline.storage.objects import open_store

    require_migrated(settings.database_url.get_secret_value())
    require_redis(settings.redis_url.get_secret_value())
    open_store(settings).require()


def _dagster_home(settings: Settings, name: str) -> Path:
    """The environment's, if it is on this host; else one in the data folder, or where that cannot be, a temporary one.

    Raises PipelineError(DATA_DIR_UNUSABLE).
    """
    from ocr_pipeline.local.folders import write_dagster_files

    given = os.environ.get("DAGSTER_HOME")
    if given and Path(given, "dagster.yaml").exists():
        return Path(given)
    home = settings.data_dir.expanduser().resolve() / "dagster"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return _temporary_home(name)
    write_dagster_files(home)
    return home


def _temporary_home(name: str) -> Path:
    """The same at each start of this user's worker of that name; workers without a name share one."""
    from ocr_pipeline.local.folders import unusable, write_dagster_files

    label = hashlib.sha256(name.encode()).hexdigest()[:16]
    home = Path(tempfile.gettempdir()) / f"ocr-pipeline-worker-{os.geteuid()}-{label}"
    try:
        LockFiles(home, []).close()  # makes it, and refuses one that other users could reach into
        write_dagster_files(home)
    except OSError as error:
        raise unusable(home, error.strerror or str(error)) from error
    return home


def _environment(settings: Settings, home: Path) -> dict[str, str]:
    """What Dagster and its S3 client read from the environment, also where our settings come from files."""
    secret_key = settings.s3_secret_key.get_secret_value()
    return {
        "DAGSTER_HOME": str(home),
        "OCR_DATABASE_URL": settings.database_url.get_secret_value(),
        "OCR_REDIS_URL": settings.redis_url.get_secret_value(),
        "OCR_S3_BUCKET": settings.s3_bucket,
        # Dagster's S3 client, unlike ours, takes no empty one.
        "OCR_S3_ENDPOINT": settings.s3_endpoint or f"https://s3.{settings.s3_region}.amazonaws.com",
        **({"AWS_ACCESS_KEY_ID": settings.s3_access_key, "AWS_SECRET_ACCESS_KEY": secret_key} if secret_key else {}),
        "AWS_DEFAULT_REGION": settings.s3_region,
    }


def _celery(settings: Settings, queues: list[Queue], name: str) -> list[str]:
    node = name or f"{queues[0]}-{uuid4().hex[:6]}"
    # One run a process at a time: where more is wanted, more workers, each restarted by itself.
    pool = ["--pool", "prefork", "--concurrency", "1"]
    recycling = []
    if settings.worker_runs:
        recycling += ["--max-tasks-per-child", str(settings.worker_runs)]
    if settings.worker_bytes:
        recycling += ["--max-memory-per-child", str(settings.worker_bytes // 1024)]  # in KiB
    return [
        *("celery", "-A", "ocr_pipeline.worker", "worker", "--loglevel", "INFO"),
        *("--hostname", f"{node}@%h", "--queues", ",".join(queues), *pool, *recycling),
    ]
