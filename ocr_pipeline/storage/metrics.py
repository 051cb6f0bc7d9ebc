"""What the workers did, counted in Redis: they come and go, and Prometheus asks the API."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

import redis

from ocr_pipeline.documents.outcome import Outcome

KEY = "ocr:metrics:1"
"""One hash. Its fields are names with colons between, its values counts or sums. Other buckets take another number."""

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, float("inf"))
_CONFIDENCE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99, float("inf"))
"""Upper ends of the histograms' buckets."""


class Metrics:
    """Written by the pipeline."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client

    def observe(self, outcomes: Sequence[Outcome]) -> None:
        """Counts documents that were finished, in one round trip. Raises redis.RedisError."""
        amounts: defaultdict[str, float] = defaultdict(float)
        for outcome in outcomes:
            amounts[f"documents:{outcome.state}"] += 1
            if outcome.confidence is not None:
                _add(amounts, "confidence", outcome.confidence, _CONFIDENCE)
            for stage, seconds in outcome.seconds.items():
                _add(amounts, f"stage:{stage}", seconds, _SECONDS)
        with self._client.pipeline(transaction=False) as pipeline:
            for field, amount in amounts.items():
                pipeline.hincrbyfloat(KEY, field, amount)
            pipeline.execute()


class Histogram(NamedTuple):
    buckets: list[tuple[float, float]]
    """Upper ends, and how many observations are not above."""
    sum: float


class Counted(NamedTuple):
    """All that was observed so far."""

    documents: dict[str, float]
    """By state."""
    confidence: Histogram
    stages: dict[str, Histogram]
    """Seconds a document."""


def counted(stored: Mapping[bytes | str, bytes | str]) -> Counted:
    """Reads the hash."""
    amounts = {
        str(field, "utf-8") if isinstance(field, bytes) else field: float(amount) for field, amount in stored.items()
    }
    stages = sorted({field.split(":")[1] for field in amounts if field.startswith("stage:")})
    return Counted(
        documents={
            field.removeprefix("documents:"): amount
            for field, amount in sorted(amounts.items())
            if field.startswith("documents:")
        },
        confidence=_histogram(amounts, "confidence", _CONFIDENCE),
        stages={stage: _histogram(amounts, f"stage:{stage}", _SECONDS) for stage in stages},
    )


def _add(amounts: defaultdict[str, float], name: str, value: float, ends: Sequence[float]) -> None:
    """Counts a value in the first bucket that holds it, and in no other."""
    amounts[f"{name}:{ends[bisect_left(ends, value)]}"] += 1
    amounts[f"{name}:sum"] += value


def _histogram(amounts: Mapping[str, float], name: str, ends: Sequence[float]) -> Histogram:
    """Prometheus's buckets hold those below them too."""
    counts = accumulate(amounts.get(f"{name}:{end}", 0.0) for end in ends)
    return Histogram(list(zip(ends, counts, strict=True)), amounts.get(f"{name}:sum", 0.0))
