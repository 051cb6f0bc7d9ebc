"""What Prometheus is told of the pipeline: what the workers counted in Redis, and what waits in Postgres."""

import asyncio
import math
import time
from collections.abc import Iterable
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from redis import RedisError
from redis.asyncio import Redis
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from api.observation.probing import in_own_thread, in_time
from ocr_pipeline.documents.model import State
from ocr_pipeline.storage.backlog import due_deliveries, unfinished
from ocr_pipeline.storage.metrics import KEY, Counted, Histogram, counted

_MOST_COUNTED = 100_000
"""Unfinished documents: a longer queue is told as this long."""
_FRESH_SECONDS = 1.0


class _Queues(NamedTuple):
    documents: dict[State, int]
    deliveries: int


class PipelineMetrics:
    """Reads Redis and Postgres at most once a second, however often it is asked."""

    def __init__(self, client: Redis, engine: Engine) -> None:
        self._client = client
        self._engine = engine
        self._exposition = b""
        self._read_at = -float("inf")
        self._reading = asyncio.Lock()

    async def exposition(self) -> bytes:
        """In Prometheus's text format. What is away is told as such, and its metrics are left out."""
        async with self._reading:
            if time.monotonic() - self._read_at > _FRESH_SECONDS:
                work, queues = await asyncio.gather(self._work(), self._queues())
                registry = CollectorRegistry()
                registry.register(_Readings(work, queues))
                self._exposition = generate_latest(registry)
                self._read_at = time.monotonic()
        return self._exposition

    async def _work(self) -> Counted | None:
        try:
            return counted(await in_time(self._client.hgetall(KEY)))
        except (RedisError, TimeoutError):
            return None

    async def _queues(self) -> _Queues | None:
        try:
            return await in_time(in_own_thread(self._count))
        except (SQLAlchemyError, TimeoutError):
            return None

    def _count(self) -> _Queues:
        return _Queues(unfinished(self._engine, _MOST_COUNTED), due_deliveries(self._engine))


class _Readings(Collector):
    def __init__(self, work: Counted | None, queues: _Queues | None) -> None:
        self._work = work
        self._queues = queues

    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily("ocr_service_up", "Whether the service answered this scrape", labels=["service"])
        up.add_metric(["Redis"], self._work is not None)
        up.add_metric(["Postgres"], self._queues is not None)
        yield up
        if self._work is not None:
            yield from _of_work(self._work)
        if self._queues is not None:
            yield from _of_queues(self._queues)


def _of_work(work: Counted) -> Iterable[Metric]:
    documents = CounterMetricFamily("ocr_documents", "Documents that were finished", labels=["state"])
    for state in State:
        if state.is_final:
            documents.add_metric([state], work.documents.get(state, 0.0))
    yield documents
    confidence = HistogramMetricFamily("ocr_document_confidence", "Confidence of documents that have a record")
    confidence.add_metric([], _buckets(work.confidence), work.confidence.sum)
    yield confidence
    stages = HistogramMetricFamily("ocr_stage_seconds", "Time that a stage took for a document", labels=["stage"])
    for stage, histogram in work.stages.items():
        stages.add_metric([stage], _buckets(histogram), histogram.sum)
    yield stages


def _of_queues(queues: _Queues) -> Iterable[Metric]:
    documents = GaugeMetricFamily("ocr_queue_documents", "Documents that are not finished", labels=["state"])
    for state in State:
        if not state.is_final:
            documents.add_metric([state], queues.documents.get(state, 0))
    yield documents
    yield GaugeMetricFamily("ocr_webhook_deliveries_due", "Calls of webhooks still to be made", queues.deliveries)


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    return [("+Inf" if math.isinf(end) else str(end), count) for end, count in histogram.buckets]
