from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.kinds.languages import language_named
from ocr_pipeline.structuring.amounts import (
    amounts_in,
    currency_code,
    decimal_mark,
    parse_amount,
    parse_number,
    plain,
    repair,
)
from ocr_pipeline_tests.structuring.typed import typed_rows

AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False, allow_infinity=False)
GROUPS = {",": [".", "'", ""], ".": [",", "'", ""]}


@given(
    AMOUNTS,
    st.sampled_from([".", ","]),
    st.integers(0, 2),
    st.sampled_from(["{}", "RM {}", "RM{}", "€ {}", "{} €", "EUR {}", "{} EUR", "${}", "Total: {}", "{}S"]),
)
def test_an_amount_comes_back_from_any_way_to_print_it(value: Decimal, mark: str, group: int, style: str) -> None:
    digits = f"{value:,.2f}".replace(",", "_").replace(".", mark).replace("_", GROUPS[mark][group])
    assert parse_amount(style.format(digits)) == value


@given(AMOUNTS.filter(bool), st.sampled_from(["-{}", "{}-", "({})", "RM-{}", "-RM {}"]))
def test_a_negative_amount_stays_negative(value: Decimal, style: str) -> None:
    assert parse_amount(style.format(plain(value))) == -value


@given(AMOUNTS)
def test_the_plain_form_reads_as_the_same_amount(value: Decimal) -> None:
    assert Decimal(plain(value)) == value
    assert parse_amount(plain(value)) == value


@pytest.mark.parametrize(
    "text",
    ["", "Total", "12", "6.00%", "6.00 %", "14.03.2018", "14/03/18", "03-2161 1234", "1.234.567", "10:30", "3,3333"],
)
def test_numbers_that_are_no_amounts(text: str) -> None:
    assert parse_amount(text) is None


@pytest.mark.parametrize(("misread", "value"), [("RMO.01", "0.01"), ("1O.50", "10.50"), ("RMI2.00", "12.00")])
def test_letters_misread_for_digits_are_put_right(misread: str, value: str) -> None:
    assert parse_amount(misread) == Decimal(value)
    assert len(repair(misread)) == len(misread)


def test_amounts_know_their_words_and_currency() -> None:
    (row,) = typed_rows("Coffee     2 x   RM 4.50     9.00 SR")
    first, second = amounts_in(row)
    assert (first.value, first.mark, first.run.text) == (Decimal("4.50"), "RM", "RM 4.50")
    assert (second.value, second.mark, second.run.text) == (Decimal("9.00"), "", "9.00")
    assert row.text[second.start :].startswith("9.00")


@pytest.mark.parametrize("label", ["GST", "TAX", "CHG"])
def test_a_label_of_three_capitals_is_no_currency(label: str) -> None:
    (amount,) = amounts_in(typed_rows(f"{label} 0.61")[0])
    assert (amount.mark, amount.start) == ("", 4)


def test_numbers_of_two_cells_are_no_grouped_thousand() -> None:
    (row,) = typed_rows("1     250.00")
    assert [amount.value for amount in amounts_in(row)] == [Decimal(250)]


def test_most_amounts_decide_on_the_decimal_mark() -> None:
    assert decimal_mark(typed_rows("1,20\n3,40\n5.60")) == ","
    assert decimal_mark(typed_rows("no amounts")) == "."


@pytest.mark.parametrize("text", ["no amounts", "1,20\n3.40"])
def test_the_senders_language_decides_where_the_amounts_do_not(text: str) -> None:
    assert decimal_mark(typed_rows(text), language_named("de-DE")) == ","
    assert decimal_mark(typed_rows(text), language_named("en-US")) == "."
    assert decimal_mark(typed_rows("1,20\n3,40\n5.60"), language_named("en-US")) == ","


def test_numbers_by_a_given_decimal_mark() -> None:
    assert parse_number("5,000", ",") == 5
    assert parse_number("5,000", ".") == 5000


@pytest.mark.parametrize(
    ("mark", "code"), [("RM", "MYR"), ("€", "EUR"), ("eur", "EUR"), ("Rs.", "INR"), ("$", "USD"), ("QTY", None)]
)
def test_currency_codes(mark: str, code: str | None) -> None:
    assert currency_code(mark) == code
