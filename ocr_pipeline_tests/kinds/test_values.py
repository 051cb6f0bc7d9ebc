from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.kinds.values import amount_of, date_of
from ocr_pipeline_tests.validation.records import field


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
def test_amounts_come_back(value: Decimal) -> None:
    assert amount_of(field(f"{value:.2f}")) == value


@given(st.dates())
def test_dates_come_back(day: date) -> None:
    assert date_of(field(day.isoformat())) == day


@pytest.mark.parametrize("text", ["", "12,50", "NaN", "Infinity", "twelve"])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert amount_of(field(text)) is None
    assert date_of(field(text)) is None


def test_nothing_is_none() -> None:
    assert amount_of(None) is None
    assert date_of(None) is None
