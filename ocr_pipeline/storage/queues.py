"""The queues that workers take runs from, and which of two waiting runs is taken first."""

from collections.abc import Iterable, Sequence
from enum import StrEnum


class Queue(StrEnum):
    """Each is a Celery queue in Redis; the order is that in which a worker with several looks into them."""

    INTERACTIVE = "interactive"
    """Single files that somebody waits for."""
    HOUSEKEEPING = "housekeeping"
    """The jobs of the schedules: few and short, so batches can't hold them up for ever."""
    GPU = "gpu"
    """The stages of batches that OCR_GPU_STAGES names."""
    BATCH = "batch"
    """Batches, or what OCR_GPU_STAGES leaves of them."""


PRIORITIES = (0, 3, 6, 9)
"""Of runs in a queue: 0 is taken first, as Celery has it on Redis; what lies between counts as the one below."""
LATER = 6
"""The priority of a backfill's runs: new files go first."""

_SEPARATOR = "\x06\x16"


def redis_lists(queue: str) -> list[str]:
    """The lists in Redis that a queue consists of, one a priority."""
    return [f"{queue}{_SEPARATOR}{priority}" if priority else queue for priority in PRIORITIES]


class MostUrgentFirst:
    """Kombu's `queue_order_strategy`: within a priority, the queues in the order of `Queue`, again and again."""

    def __init__(self, queues: Iterable[str] | None = None) -> None:
        self.update(queues or ())

    def update(self, queues: Iterable[str]) -> None:
        known = list(Queue)
        self._queues = sorted(queues, key=lambda queue: (known.index(Queue(queue)) if queue in known else -1, queue))

    def consume(self, count: int) -> Sequence[str]:
        return self._queues[:count]

    def rotate(self, last_used: str) -> str:
        return last_used
