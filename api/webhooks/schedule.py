"""When to try again."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ocr_pipeline.storage.deliveries import Failure

_SHORTEST_SECONDS = 5.0
_LONGEST_SECONDS = 3_600.0
_JITTER = 0.2
"""So that those that failed together do not all come back together."""
_GONE = 410


def seconds_to_next(
    failures: int, until: datetime, *, status: int | None, error: Failure, retry_after: str | None
) -> float | None:
    """After so many failed attempts, of which the last ended thus; None where there is to be none after `until`."""
    if status == _GONE or error is Failure.GONE:
        return None
    backoff = min(_LONGEST_SECONDS, _SHORTEST_SECONDS * 2.0 ** min(failures - 1, 20))
    seconds = backoff * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
    seconds = max(seconds, min(_LONGEST_SECONDS, _asked(retry_after)))
    return seconds if datetime.now(UTC) + timedelta(seconds=seconds) < until else None


def _asked(retry_after: str | None) -> float:
    """Seconds that a header `Retry-After` asks for: a number, or a date. 0 for what is neither."""
    if retry_after is None:
        return 0.0
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:10])
    try:
        return (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        # TypeError: a date without a time zone.
        return 0.0
