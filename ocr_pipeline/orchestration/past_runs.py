"""What is told of runs and sensors to those who do not know Dagster."""

from datetime import datetime
from typing import NamedTuple

WORKER_TAG = "ocr-worker"
"""Of a run: the worker that took it, as ``name@host``."""

_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 900.0
"""Seconds."""


def pause_seconds(failed: int) -> float:
    """Between the last of so many failed runs of a batch and the next; it doubles from one to the next."""
    return float(min(_FIRST_PAUSE * 2 ** (failed - 1), _LONGEST_PAUSE)) if failed else 0.0


class PastRun(NamedTuple):
    """One that is still under way is one too."""

    id: str
    job: str
    status: str
    """Dagster's, such as STARTED or FAILURE."""
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    queue: str | None
    worker: str | None
    backfill: str | None
    trace: str | None
    """Of its trace: the id."""
    is_handed_back: bool
    """Whether a worker that was to stop broke it off: nothing is wrong then, and the next one begins at once."""
    failure: str | None
    """In the words of whatever failed first."""

    @property
    def is_under_way(self) -> bool:
        return self.status not in {"SUCCESS", "FAILURE", "CANCELED"}

    @property
    def has_begun(self) -> bool:
        return self.status not in {"NOT_STARTED", "MANAGED", "QUEUED", "STARTING"}


class LastTick(NamedTuple):
    """Of a sensor or schedule."""

    name: str
    kind: str
    """``sensor`` or ``schedule``."""
    status: str
    """Dagster's, such as SUCCESS, SKIPPED or FAILURE."""
    at: datetime
    failure: str | None
