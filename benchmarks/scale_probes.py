"""What is measured at each size of the ledger: the pipeline's own work, in this process, on real servers."""

import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from io import BytesIO
from itertools import cycle
from typing import NamedTuple
from uuid import uuid4

import redis
from dagster import DagsterInstance, JobDefinition, RunRequest, SensorResult, build_sensor_context
from sqlalchemy import Engine, func, select, text

from ocr_pipeline.orchestration.partitions import batches
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.storage import metrics
from ocr_pipeline.storage.backlog import due_deliveries, unfinished
from ocr_pipeline.storage.batch_status import batch_items, find_batch, list_batches
from ocr_pipeline.storage.document_list import Wanted, list_documents
from ocr_pipeline.storage.ledger_rows import DEFAULT_TENANT, Arrival
from ocr_pipeline.storage.schema import ledger

_MOST_WARM_UP = 3
_ALWAYS = 10 * 365 * 86400.0
"""Seconds; an API that serves documents for so long serves all of them."""
_RUN_DOCUMENTS = 20
_SOME = 20
"""Batches whose status is asked for in turn."""
_MOST_COUNTED = 100_000
"""As the API counts for Prometheus."""

Probe = Callable[[], object]


class Timed(NamedTuple):
    """A probe, and what is done before each time and not counted."""

    probe: Probe
    before: Probe = lambda: None


def median_ms(timed: Timed, repeats: int) -> float:
    """Of `repeats` times, after some that are not counted."""
    milliseconds = []
    warm_up = min(_MOST_WARM_UP, repeats)
    for turn in range(warm_up + repeats):
        timed.before()
        started = time.perf_counter()
        timed.probe()
        if turn >= warm_up:
            milliseconds.append((time.perf_counter() - started) * 1000)
    return statistics.median(milliseconds)


class Installation:
    """The ledger, the bucket and Dagster's instance, under load or not."""

    def __init__(self, instance: DagsterInstance) -> None:
        self.services = Services()
        self._instance = instance
        self._cursor: str | None = None

    @cached_property
    def _job(self) -> JobDefinition:
        from ocr_pipeline.definitions import defs

        return defs.resolve_job_def("process_batch")

    def put(self, count: int) -> list[str]:
        """New files in the inbox, each with bytes of its own; their keys."""
        prefix = f"{self.services.settings.s3_inbox_prefix}{uuid4().hex}/"
        keys = [f"{prefix}{number}.png" for number in range(count)]
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda key: self.services.store.put(key, key.encode()), keys))
        return keys

    def tick(self) -> SensorResult:
        """The inbox sensor, as the daemon evaluates it."""
        from ocr_pipeline.orchestration.sensors.inbox import inbox

        with build_sensor_context(instance=self._instance, cursor=self._cursor) as context:
            result = inbox(context, services=self.services)
        if not isinstance(result, SensorResult):
            raise TypeError(result)
        self._cursor = result.cursor
        return result

    def process_inbox(self, count: int) -> list[str]:
        """Takes new files through sensor, partitions and runs; their batches. The files leave the inbox afterwards."""
        keys = self.put(count)
        done = [self.accept(request) for request in self.tick().run_requests or []]
        self.services.store.delete(keys)
        return done

    def accept(self, request: RunRequest) -> str:
        """Carries out what the sensor asks for, and returns the batch."""
        batch = str(request.partition_key)
        self._instance.add_dynamic_partitions(str(batches.name), [batch])
        self.run(batch)
        return batch

    def enter(self, count: int) -> str:
        """A batch that waits for its run."""
        arrivals = []
        for key in (f"uploads/{uuid4().hex}" for _ in range(count)):
            stored = self.services.store.upload(key, BytesIO(key.encode()))
            arrivals.append(Arrival(f"{key}.png", stored.key, stored.etag, stored.size))
        key, _ = self.services.ledger.register_batch(arrivals)
        self._instance.add_dynamic_partitions(str(batches.name), [key])
        return key

    def partitions(self, count: int) -> list[str]:
        """The newest batches that are partitions."""
        return list(self._instance.get_dynamic_partitions(str(batches.name)))[-count:]

    def run(self, batch: str) -> None:
        quiet = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
        result = self._job.execute_in_process(partition_key=batch, instance=self._instance, run_config=quiet)
        if not result.success:
            raise RuntimeError(f"the run of {batch} failed")


def probes(installation: Installation, batch_size: int) -> Iterator[tuple[str, Timed]]:
    """By name. They leave the ledger as long as it was, but for the runs; to be taken one after the other."""
    services = installation.services
    engine, ledger_ = services.database, services.ledger
    client = redis.Redis.from_url(services.settings.redis_url.get_secret_value())
    keys = installation.put(batch_size)
    arrivals = [Arrival(stored.key, *stored[:3]) for stored in services.store.list(services.settings.s3_inbox_prefix)]

    def forget() -> None:
        """The files of the inbox are new again."""
        of_mine = {"keys": keys}
        with engine.begin() as connection:
            found = connection.scalars(
                text("DELETE FROM ledger WHERE object_key = ANY(:keys) RETURNING batch"), of_mine
            ).all()
            connection.execute(text("DELETE FROM batches WHERE key = ANY(:keys)"), {"keys": sorted({*found} - {None})})

    def leave_waiting() -> None:
        forget()
        ledger_.register(arrivals)

    try:
        for request in installation.tick().run_requests or []:
            installation.accept(request)
        yield "sensor tick, nothing new", Timed(installation.tick)
        yield f"sensor tick, {batch_size} new files", Timed(installation.tick, forget)
        yield f"batch close, {batch_size} documents", Timed(lambda: ledger_.close_batches(batch_size, 0), leave_waiting)
    finally:
        forget()
        services.store.delete(keys)

    some = cycle([batch.key for batch in list_batches(engine, DEFAULT_TENANT, None, _SOME)])

    def follow() -> None:
        """What `GET /batches/{id}` asks."""
        found = find_batch(engine, DEFAULT_TENANT, next(some))
        batch_items(engine, found.key if found else "", None, 1001)

    def scrape() -> None:
        """What `GET /metrics` asks."""
        metrics.counted(client.hgetall(metrics.KEY))
        unfinished(engine, _MOST_COUNTED)
        due_deliveries(engine)

    def page(cursor: str | None) -> Probe:
        return lambda: list_documents(engine, DEFAULT_TENANT, Wanted(), result_seconds=_ALWAYS, cursor=cursor)

    yield "status of a batch", Timed(follow)
    yield "list of batches", Timed(lambda: list_batches(engine, DEFAULT_TENANT, None, 21))
    yield "metrics", Timed(scrape)
    yield "documents, first page", Timed(page(None))
    yield "documents, page in the middle", Timed(page(_middle(engine)))
    waiting: list[str] = []
    run_size = min(_RUN_DOCUMENTS, batch_size)
    yield (
        f"run of {run_size} stubbed documents",
        Timed(lambda: installation.run(waiting.pop()), lambda: waiting.append(installation.enter(run_size))),
    )


def _middle(engine: Engine) -> str:
    with engine.connect() as connection:
        half = connection.scalar(select(func.count()).select_from(ledger)) or 0
        return str(connection.scalar(select(ledger.c.id).order_by(ledger.c.id).offset(half // 2).limit(1)))
