from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.validation.reconcile import reconcile
from ocr_pipeline_tests.structuring.typed import typed
from ocr_pipeline_tests.validation.records import item, record

BLANK = typed("")
CENTS = st.integers(1, 10_000_000)
EXPLAINING = [
    *("ROUNDING ADJUSTMENT", "Rundungsdifferenz", "Pembulatan", "TOTALDISCOUNT", "Diskaun:", "Rabatt 10,00 %"),
    *("Less 5.00% disc.", "Serv. Charge (10%)", "Caj Perkhidmatan", "Tip", "Trinkgeld", "Shipping", "Versandkosten"),
    *("Delivery 05.04.2018", "Freight", "Deposit", "Pfand", "Voucher", "Gutschein"),
]
EXPLAINING_NOTHING = [
    *("CASH", "CHANGE", "R\u00fcckgeld", "TOTAL", "Subtotal", "BLUE PEN", "GROUND COFFEE", "STIPEND", "Lieferant"),
    *("Total after rounding", "Before discount", "Total rounded", "DISCOUNTABLE"),
]
GAPS = st.sampled_from([" ", "     "])
"""Between a name and its amount: they are one line, or two lines side by side."""


def money(cents: int) -> str:
    return f"{Decimal(cents) / 100:.2f}"


@given(CENTS, CENTS)
def test_subtotal_and_tax_make_the_total(subtotal: int, tax: int) -> None:
    found = reconcile(record(subtotal=money(subtotal), tax=money(tax), total=money(subtotal + tax)), BLANK)
    assert found.subtotal_and_tax_to_total is True


@given(CENTS, CENTS, st.integers(3, 10_000), st.sampled_from(["", *EXPLAINING_NOTHING]), GAPS)
def test_a_sum_that_is_off_by_more_than_rounding_disagrees(
    subtotal: int, tax: int, off: int, name: str, gap: str
) -> None:
    found = record(subtotal=money(subtotal), tax=money(tax), total=money(subtotal + tax + off))
    printed = typed(f"{name}{gap}{money(off)}")
    assert reconcile(found, printed).subtotal_and_tax_to_total is False


@given(CENTS, CENTS, st.integers(3, 10_000), st.sampled_from(EXPLAINING), GAPS)
def test_a_difference_is_explained_by_an_amount_with_a_name_that_says_so(
    subtotal: int, tax: int, off: int, name: str, gap: str
) -> None:
    found = record(
        item(money(subtotal + off)), subtotal=money(subtotal), tax=money(tax), total=money(subtotal + tax + off)
    )
    printed = typed(f"{name}{gap}-{money(off)}")
    assert reconcile(found, printed).subtotal_and_tax_to_total is True
    assert reconcile(found, printed).items_to_subtotal is True
    assert reconcile(found, typed(f"{name}{gap}-{money(off + tax + 1)}")).subtotal_and_tax_to_total is False


@given(st.lists(CENTS, min_size=1, max_size=20), st.data())
def test_each_item_may_be_rounded_by_a_cent(amounts: list[int], data: st.DataObject) -> None:
    items = [item(money(amount)) for amount in amounts]
    off = data.draw(st.integers(-len(amounts), len(amounts)))
    subtotal = sum(amounts) + off
    assert reconcile(record(*items, subtotal=money(subtotal)), BLANK).items_to_subtotal is True
    beyond = sum(amounts) + len(amounts) + 1
    assert reconcile(record(*items, subtotal=money(beyond)), BLANK).items_to_subtotal is False


def test_prices_that_include_tax_add_up_to_the_total() -> None:
    found = reconcile(record(item("7.00"), item("3.60"), subtotal="10.00", tax="0.60", total="10.60"), BLANK)
    assert found.items_to_subtotal is True


def test_net_prices_add_up_to_the_total_less_tax() -> None:
    assert reconcile(record(item("10.00"), tax="0.60", total="10.60"), BLANK).items_to_subtotal is True


def test_a_subtotal_that_includes_the_tax_is_the_total() -> None:
    found = reconcile(record(subtotal="10.60", tax="0.60", total="10.60"), BLANK)
    assert found.subtotal_and_tax_to_total is True


def test_what_was_given_back_does_not_make_the_cash_the_total() -> None:
    printed = typed("""
        Subtotal                44.15
        GST 6%                   2.65
        Rounding Adjustment      0.00
        TOTAL                   46.80
        CASH                    50.00
        CHANGE                   3.20
    """)
    assert reconcile(record(subtotal="44.15", tax="2.65", total="46.80"), printed).subtotal_and_tax_to_total is True
    assert reconcile(record(subtotal="44.15", tax="2.65", total="50.00"), printed).subtotal_and_tax_to_total is False


@pytest.mark.parametrize(
    "printed",
    ["Discount\n3.20", "Discount   0.00   3.20", "3.20   Discount", "3.20 Discount", "Discount   CHANGE   3.20"],
)
def test_an_amount_elsewhere_does_not_belong_to_the_name(printed: str) -> None:
    found = record(subtotal="44.15", tax="2.65", total="50.00")
    assert reconcile(found, typed(printed)).subtotal_and_tax_to_total is False


@pytest.mark.parametrize(
    ("parts", "sums"),
    [
        (record(), None),
        (record(total="5.00"), None),
        (record(subtotal="5.00"), None),
        (record(subtotal="5.00", total="5.30"), None),
        (record(subtotal="5.00", total="5.00"), True),
        (record(subtotal="five", tax="1.00", total="5.00"), None),
    ],
)
def test_without_its_parts_a_sum_is_not_judged(parts: object, sums: bool | None) -> None:
    assert reconcile(parts, BLANK).subtotal_and_tax_to_total is sums  # type: ignore[arg-type]


def test_items_without_amounts_are_not_judged() -> None:
    assert reconcile(record(item("1.00"), item(None), subtotal="5.00"), BLANK).items_to_subtotal is None
    assert reconcile(record(item("1.00")), BLANK).items_to_subtotal is None


@pytest.mark.parametrize(
    ("cash", "change", "agrees"),
    [
        *(("20.00", "4.00", True), ("16.00", "0.00", True), ("20.00", "-4.00", True), ("-20.00", "4.00", True)),
        *(("20.00", "5.00", False), ("-20.00", "5.00", False), ("20.00", None, None)),
    ],
)
def test_what_was_paid_less_what_was_given_back_is_the_total(
    cash: str, change: str | None, agrees: bool | None
) -> None:
    parts = {"cash": cash, "total": "16.00"} | ({"change": change} if change else {})
    assert reconcile(record(**parts), BLANK).cash_and_change_to_total is agrees


def test_a_rounding_that_was_read_goes_into_the_total() -> None:
    parts = {"subtotal": "15.10", "tax": "0.91", "total": "15.95"}
    assert reconcile(record(**parts), BLANK).subtotal_and_tax_to_total is False
    assert reconcile(record(**parts, rounding="-0.06"), BLANK).subtotal_and_tax_to_total is True
