"""What a stack holds while it works, looked at every few seconds, and whether that stays bounded."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

import psutil
import redis
from sqlalchemy import Engine, text

from ocr_pipeline.local.stack import Stack
from ocr_pipeline.settings import Settings

_WARM_UP = 0.15
"""Share of the documents after which a worker has seen what there is to see."""
_MOST_GROWTH = 1.05
"""Of the workers' memory, from the first quarter after the warm-up to the end."""
_END = 0.9
"""Share of the documents after which the end begins."""
_MOST_CONNECTIONS = 1.1, 5
_MOST_REDIS = 1.25, 1_000_000
"""Of the most in the first half after the warm-up to the most in the second: times, and so many more."""


@dataclass(frozen=True)
class Sample:
    seconds: float
    """Since the beginning."""
    workers: dict[str, int]
    """Resident bytes by worker, with its pool."""
    connections: int
    """Of Postgres."""
    redis_bytes: int
    redis_keys: int
    finished: int
    """Documents."""
    unfinished: int

    @property
    def worker_bytes(self) -> int:
        return sum(self.workers.values())


class Watch:
    """Takes a sample every `seconds` in a thread of its own, as long as the context lasts."""

    def __init__(self, stack: Stack, settings: Settings, engine: Engine, seconds: float) -> None:
        self.samples: list[Sample] = []
        self._stack = stack
        self._engine = engine
        self._redis = redis.Redis.from_url(settings.redis_url.get_secret_value())
        self._seconds = seconds
        self._began = time.monotonic()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watch")

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
        self._redis.close()

    def look(self) -> Sample:
        counts = "SELECT count(finished_at), count(*) - count(finished_at) FROM ledger"
        connections = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        with self._engine.connect() as connection:
            finished, unfinished = connection.execute(text(counts)).one()
            connected = connection.scalar(text(connections)) or 0
        memory: dict[str, int] = self._redis.info("memory")
        keys: int = self._redis.dbsize()
        seconds = time.monotonic() - self._began
        return Sample(seconds, self._workers(), connected, memory["used_memory"], keys, finished, unfinished)

    def _watch(self) -> None:
        while not self._is_over.wait(self._seconds):
            self.samples.append(self.look())

    def _workers(self) -> dict[str, int]:
        found = {}
        for name, state in self._stack.status().processes.items():
            if name.startswith(("batch-", "interactive-")) and state.pid:
                # One that has just ended is left out of this sample.
                with suppress(psutil.NoSuchProcess):
                    found[name] = _resident_bytes(psutil.Process(state.pid))
        return found


def _resident_bytes(worker: psutil.Process) -> int:
    """With its children. Raises NoSuchProcess where the worker itself is gone."""
    resident: int = worker.memory_info().rss
    for child in worker.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            resident += child.memory_info().rss
    return resident


def summary(samples: Sequence[Sample]) -> tuple[dict[str, object], list[str]]:
    """The figures of a run from its first document to its last, and what did not stay bounded in it."""
    last = samples[-1]
    settled = [sample for sample in samples if sample.finished >= _WARM_UP * last.finished]
    half, end_of_first = (_WARM_UP + (1 - _WARM_UP) * share for share in (0.5, 0.25))
    first = [sample.worker_bytes for sample in settled if sample.finished <= end_of_first * last.finished]
    end = [sample.worker_bytes for sample in settled if sample.finished >= _END * last.finished]
    halves = [
        [sample for sample in settled if (sample.finished > half * last.finished) is is_second]
        for is_second in (False, True)
    ]
    connections = [max((sample.connections for sample in some), default=0) for some in halves]
    stored = [max((sample.redis_bytes for sample in some), default=0) for some in halves]
    growth = _mean(end) / _mean(first or end)
    problems = [f"the workers' memory grew {growth:.3f} times"] if growth > _MOST_GROWTH else []
    if connections[1] > _MOST_CONNECTIONS[0] * connections[0] + _MOST_CONNECTIONS[1]:
        problems.append(f"the connections to Postgres grew from {connections[0]} to {connections[1]}")
    if stored[1] > _MOST_REDIS[0] * stored[0] + _MOST_REDIS[1]:
        problems.append(f"the memory of Redis grew from {stored[0]} to {stored[1]} bytes")
    figures: dict[str, object] = {
        "seconds": round(last.seconds),
        "documents a second": round(last.finished / last.seconds, 2),
        "workers' memory, MB": [round(_mean(first or end) / 1e6), round(_mean(end) / 1e6)],
        "growth of the workers' memory": round(growth, 3),
        "most Postgres connections, by half": connections,
        "most memory of Redis, MB, by half": [round(size / 1e6, 1) for size in stored],
        "Redis keys at the end": last.redis_keys,
    }
    return figures, problems


def as_columns(samples: Sequence[Sample]) -> dict[str, list[object]]:
    """For JSON: the samples' values by name."""
    rows = [asdict(sample) for sample in samples]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values)
