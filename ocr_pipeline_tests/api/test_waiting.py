import pytest
from hypothesis import given
from hypothesis.strategies import integers, text

from api.submission.waiting import preferred_seconds


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=10", 10),
        ("respond-async, wait=10", 10),
        ('Wait = "5"; foo="bar", handling=lenient', 5),
        ("wait=1, wait=2", 1),
        ("", None),
        ("return=minimal", None),
        ("wait", None),
        ("wait=soon", None),
        ("wait=-1", None),
        ("wait=1.5", None),
        ("await=5", None),
        ("wait=99999999999", None),
    ],
)
def test_preference(prefer: str, seconds: int | None) -> None:
    assert preferred_seconds(prefer) == seconds


@given(text(), integers(0, 999_999_999))
def test_preference_is_found_behind_others(other: str, seconds: int) -> None:
    name = "".join(filter(str.isalpha, other)) or "x"
    assert preferred_seconds(f"{name}=a, wait={seconds}") == seconds


@given(text())
def test_any_text_is_read_without_an_error(prefer: str) -> None:
    found = preferred_seconds(prefer)
    assert found is None or found >= 0
