from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.webhooks.schedule import seconds_to_next
from ocr_pipeline.storage.deliveries import Failure

NEVER = datetime(9000, 1, 1, tzinfo=UTC)


def after(
    failures: int = 1,
    until: datetime = NEVER,
    status: int | None = 500,
    error: Failure = Failure.STATUS,
    retry_after: str | None = None,
) -> float | None:
    return seconds_to_next(failures, until, status=status, error=error, retry_after=retry_after)


@pytest.mark.parametrize(("failures", "seconds"), [(1, 5), (2, 10), (3, 20), (9, 1280), (11, 3600), (500, 3600)])
def test_attempts_come_ever_more_seldom(failures: int, seconds: float) -> None:
    waits = [after(failures) for _ in range(50)]
    assert all(wait is not None and 0.8 * seconds <= wait <= 1.2 * seconds for wait in waits)
    assert len(set(waits)) > 40


def test_a_day_holds_some_thirty_attempts() -> None:
    end, elapsed, failures = 86_400.0, 0.0, 1
    while elapsed < end:
        elapsed += after(failures) or 0.0
        failures += 1
    assert 25 < failures < 45


def test_receivers_may_ask_for_more_time_but_not_for_all_time() -> None:
    assert after(retry_after="120") == 120
    assert after(retry_after=" 120 ") == 120
    assert (after(retry_after="1") or 0) >= 4
    assert after(retry_after="99999999999999999999") == 3600
    in_ten_minutes = datetime.now(UTC) + timedelta(minutes=10)
    assert 590 < (after(retry_after=format_datetime(in_ten_minutes, usegmt=True)) or 0) <= 600
    assert 4 <= (after(retry_after="Sun, 06 Nov 1994 08:49:37 GMT") or 0) <= 6


@given(st.text(max_size=40))
def test_no_header_breaks_it(text: str) -> None:
    assert 4 <= (after(retry_after=text) or 0) <= 3600


def test_it_ends() -> None:
    assert after(until=datetime.now(UTC)) is None
    assert after(until=datetime.now(UTC) + timedelta(seconds=60)) is not None
    assert after(9, until=datetime.now(UTC) + timedelta(seconds=60)) is None
    assert after(status=410) is None
    assert after(status=None, error=Failure.GONE) is None
