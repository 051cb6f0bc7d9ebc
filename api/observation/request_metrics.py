"""Requests, counted for Prometheus in the memory of each process.

Where PROMETHEUS_MULTIPROC_DIR names a folder, prometheus_client keeps them in files there, so that any one process
tells of all (https://prometheus.github.io/client_python/multiprocess/).
"""

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER = "other"
"""Paths and methods that nobody serves are one: strangers could make up ever more."""
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

_requests = Counter("ocr_http_requests", "Requests that were answered", ["method", "route", "status"])
_seconds = Histogram(
    "ocr_http_request_seconds",
    "Time from a request to the end of its answer",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)


def observe(method: str, route: str | None, status: int, seconds: float) -> None:
    where = (method if method in _METHODS else _OTHER, route or _OTHER)
    _requests.labels(*where, str(status)).inc()
    _seconds.labels(*where).observe(seconds)


def exposition() -> bytes:
    """In Prometheus's text format."""
    if _FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
