"""Reads how the work goes. A service that is away is told as such, and does not keep the others from being told."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import redis
from botocore.exceptions import BotoCoreError
from celery import Celery
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from ocr_pipeline.documents.model import State
from ocr_pipeline.operations.work import Batches, Documents, LastHour, Task, Tick, Work, Worker
from ocr_pipeline.orchestration.past_runs import LastTick
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.backlog import due_deliveries, unfinished
from ocr_pipeline.storage.connections import CELERY, redis_client
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.objects import open_store
from ocr_pipeline.storage.queues import Queue, redis_lists
from ocr_pipeline.storage.run_queue import TASK
from ocr_pipeline.storage.work_state import oldest_unfinished, recent_batches, unfinished_batches

_ANSWER_SECONDS = 1.5
"""How long workers have to answer; all of them have the same."""
_CONNECT_SECONDS = 3.0
_MOST_COUNTED = 100_000
_HOUR = timedelta(hours=1)

T = TypeVar("T")


def read_work(settings: Settings) -> Work:
    """Takes some two seconds, whatever there is to do."""
    engine = get_engine(settings.database_url.get_secret_value())
    redis_url = settings.redis_url.get_secret_value()
    with ThreadPoolExecutor(6, thread_name_prefix="status") as threads:
        postgres = threads.submit(_unless_away, lambda: _ledger(engine))
        dagster = threads.submit(_unless_away, lambda: _dagster(settings))
        waiting = threads.submit(_unless_away, lambda: _queues(redis_url))
        workers = threads.submit(_unless_away, lambda: _workers(redis_url))
        bucket = threads.submit(_has_bucket, settings)
        web_server = threads.submit(lambda: _answers(settings.dagster_url))
    ledger, runs = postgres.result(), dagster.result()
    documents, batches, last_hour, due = ledger or (None, None, None, None)
    failed_runs, ticks = runs or (None, None)
    return Work(
        services={
            "Postgres": ledger is not None,
            "Redis": waiting.result() is not None,
            "S3": bucket.result(),
            **({"Dagster": web_server.result()} if settings.dagster_url else {}),
        },
        documents=documents,
        batches=batches,
        last_hour=last_hour and last_hour.model_copy(update={"failed_runs": failed_runs}),
        webhooks_due=due,
        queues=waiting.result(),
        workers=workers.result(),
        ticks=ticks,
    )


def _unless_away(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except (SQLAlchemyError, redis.RedisError, BrokerError, OSError):
        return None


def _ledger(engine: Engine) -> tuple[Documents, Batches, LastHour, int]:
    counts = unfinished(engine, _MOST_COUNTED)
    open_batches, recent = unfinished_batches(engine), recent_batches(engine, _HOUR)
    return (
        Documents(
            waiting=counts.get(State.WAITING, 0),
            processing=counts.get(State.PROCESSING, 0),
            oldest=oldest_unfinished(engine),
        ),
        Batches(unfinished=open_batches.batches, oldest=open_batches.oldest, faults=open_batches.faults),
        LastHour(**recent._asdict(), failed_runs=None),
        due_deliveries(engine),
    )


def _dagster(settings: Settings) -> tuple[int | None, tuple[Tick, ...]]:
    # Imported here: Dagster takes a second to load, while the others are asked.
    from ocr_pipeline.orchestration.run_history import open_run_history

    history = open_run_history(settings.database_url.get_secret_value())
    if history is None:
        return None, ()
    return history.failed_since(datetime.now(UTC) - _HOUR), tuple(_tick(tick) for tick in history.last_ticks())


def _tick(tick: LastTick) -> Tick:
    return Tick(**tick._asdict())


def _queues(redis_url: str) -> dict[str, int]:
    lists = [(queue, name) for queue in Queue for name in redis_lists(queue)]
    with closing(redis_client(redis_url)) as client, client.pipeline(transaction=False) as pipeline:
        for _, name in lists:
            pipeline.llen(name)
        lengths = pipeline.execute()
    waiting = dict.fromkeys(Queue, 0)
    for (queue, _), length in zip(lists, lengths, strict=True):
        waiting[queue] += length
    return {queue.value: length for queue, length in waiting.items()}


def _workers(redis_url: str) -> tuple[Worker, ...]:
    with Celery(broker=redis_url, set_as_current=False) as app:
        app.conf.update(CELERY)
        with ThreadPoolExecutor(2) as threads:
            inspection = app.control.inspect(timeout=_ANSWER_SECONDS)
            serving, active = threads.submit(inspection.active_queues), threads.submit(inspection.active)
        queues, tasks = serving.result() or {}, active.result() or {}
    return tuple(_worker(name, queues.get(name) or (), tasks.get(name) or ()) for name in sorted({*queues, *tasks}))


def _worker(name: str, queues: Sequence[dict[str, Any]], tasks: Sequence[dict[str, Any]]) -> Worker:
    return Worker(
        name=name,
        host=name.partition("@")[2],
        queues=tuple(sorted(queue["name"] for queue in queues)),
        tasks=tuple(_task(task) for task in tasks),
    )


def _task(task: dict[str, Any]) -> Task:
    since = task.get("time_start")
    run, batch = (task["id"], task["args"][0]) if task["name"] == TASK else (_run_of(task), None)
    return Task(name=task["name"], run=run, batch=batch, since=datetime.fromtimestamp(since, UTC) if since else None)


def _run_of(task: dict[str, Any]) -> str | None:
    """Of one of Dagster's tasks, whose argument is a packed ExecuteRunArgs."""
    for packed in (task.get("kwargs") or {}).values():
        if isinstance(packed, dict) and (run := packed.get("run_id")):
            return str(run)
    return None


def _has_bucket(settings: Settings) -> bool:
    try:
        return open_store(settings).is_reachable()
    except BotoCoreError:  # one half of the keys is missing
        return False


def _answers(url: str) -> bool:
    try:
        return bool(url) and not httpx.get(f"{url}/server_info", timeout=_CONNECT_SECONDS).is_error
    except httpx.HTTPError:
        return False
