from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.structuring.embedded import forms


@given(st.dates(min_value=date(1000, 1, 1)), st.sampled_from(["%Y%m%d", "%Y-%m-%d", "%Y-%m-%dT00:00:00", " %Y%m%d\n"]))
def test_a_day_in_every_form(day: date, form: str) -> None:
    assert forms.day(day.strftime(form)) == day.isoformat()


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4))
def test_an_amount_keeps_its_value(value: Decimal) -> None:
    written = forms.amount(f"{value:f}")
    assert written is not None
    assert Decimal(written) == value
    assert len(written.partition(".")[2]) >= 2
    assert not written.endswith("0") or len(written.partition(".")[2]) == 2


@given(st.text(max_size=30))
def test_no_text_breaks_a_form(text: str) -> None:
    for form in (forms.amount, forms.quantity):
        written = form(text)
        assert written is None or Decimal(written).is_finite()
    day = forms.day(text)
    assert day is None or date.fromisoformat(day).isoformat() == day
    assert forms.text(text) != ""


@pytest.mark.parametrize(("written", "amount", "quantity"), [("13", "13.00", "13"), ("3.3333", "3.3333", "3.3333"),
    ("5.5000", "5.50", "5.5"), ("-0.00", "0.00", "0"), ("+2.", "2.00", "2"), ("1000", "1000.00", "1000")])  # fmt: skip
def test_decimals(written: str, amount: str, quantity: str) -> None:
    assert forms.amount(written) == amount
    assert forms.quantity(written) == quantity
