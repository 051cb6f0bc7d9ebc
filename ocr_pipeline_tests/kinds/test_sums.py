"""The shipped sums are tested with `ocr_pipeline.validation.reconcile`, which tells whether they hold."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.kinds.sums import Sum, TaxRate
from ocr_pipeline_tests.structuring.typed import typed
from ocr_pipeline_tests.validation.records import item, record

BLANK = typed("")
FREIGHT = Sum(
    code="freight_disagrees", message="Goods and freight are not the total.", ways=("net + freight - discount = total",)
)


def test_a_user_writes_a_sum_as_it_is_said() -> None:
    right = record(net="10.00", freight="2.00", discount="1.00", total="11.00")
    wrong = record(net="10.00", freight="2.00", discount="1.00", total="13.00")
    assert FREIGHT.agrees(right, BLANK) is True
    assert FREIGHT.check(right, BLANK) == []
    (reason,) = FREIGHT.check(wrong, BLANK)
    assert (reason.code, reason.message, reason.field) == (
        "freight_disagrees",
        "Goods and freight are not the total.",
        None,
    )


def test_a_sum_of_which_an_amount_is_not_known_is_not_judged() -> None:
    assert FREIGHT.agrees(record(net="10.00", freight="2.00", total="99.00"), BLANK) is None
    assert FREIGHT.agrees(record(net="10.00", freight="two", discount="0.00", total="99.00"), BLANK) is None


def test_one_way_that_agrees_is_enough() -> None:
    either = Sum(code="c", message="m", ways=("net = total", "line_items = total"))
    assert either.agrees(record(item("4.00"), item("5.00"), net="1.00", total="9.00"), BLANK) is True
    assert either.agrees(record(item("4.00"), item("5.00"), net="1.00", total="8.00"), BLANK) is False


@pytest.mark.parametrize("way", ["", "net", "net = ", "net * 2 = total", "net + = total", "a = b = c"])
def test_what_is_no_sum_is_refused_at_once(way: str) -> None:
    with pytest.raises(ValueError, match="is not like"):
        Sum(code="c", message="m", ways=(way,))


@given(st.integers(1, 10**9), st.integers(0, 30), st.sampled_from([1, -1]))
def test_tax_rates_of_this_world(cents: int, percent: int, sign: int) -> None:
    """Of invoices, and of credit notes."""
    net = sign * Decimal(cents) / 100
    tax = round(net * percent / 100, 2)
    assert TaxRate().check(record(subtotal=f"{net}", tax=f"{tax}"), BLANK) == []
    assert TaxRate().check(record(total=f"{net + tax}", tax=f"{tax}"), BLANK) == []


@pytest.mark.parametrize(
    "values",
    [
        {"subtotal": "10.00", "tax": "3.50"},
        {"subtotal": "10.00", "tax": "-1.00"},
        {"total": "13.50", "tax": "3.50"},
        {"subtotal": "10.00", "tax": "10.00", "total": "10.00"},
        {"total": "10.00", "tax": "10.00"},
    ],
)
def test_other_tax_rates(values: dict[str, str]) -> None:
    (reason,) = TaxRate().check(record(**values), BLANK)
    assert (reason.code, reason.field) == ("implausible_tax", "tax")


@pytest.mark.parametrize("values", [{"tax": "9.00"}, {"subtotal": "1.00"}, {"subtotal": "1.00", "tax": "much"}])
def test_a_tax_rate_that_cannot_be_told_is_not_judged(values: dict[str, str]) -> None:
    assert TaxRate().check(record(**values), BLANK) == []
