from datetime import date
from decimal import Decimal

import pytest

from ocr_pipeline.kinds.kind import FieldType
from ocr_pipeline.structuring.grounding.mentions import mentions_in, values_of


def test_ambiguous_dates_may_be_either() -> None:
    (mention,) = mentions_in("Date: 03/04/2018", FieldType.DATE)
    assert mention.values == {date(2018, 4, 3), date(2018, 3, 4)}
    assert "Date: 03/04/2018"[mention.start : mention.end] == "03/04/2018"


def test_years_of_two_digits_may_be_of_either_century() -> None:
    (mention,) = mentions_in("June 3, 05", FieldType.DATE)
    assert mention.values == {date(2005, 6, 3), date(1905, 6, 3)}


def test_what_was_put_right_is_counted() -> None:
    wrong = [
        mention.look_alikes
        for mention in mentions_in("5.00 at 1l.60", FieldType.AMOUNT)
        if Decimal("11.60") in mention.values
    ]
    assert wrong == [1]
    assert [mention.look_alikes for mention in mentions_in("O3/O4/2018", FieldType.DATE)] == [2]


def test_texts_have_no_mentions() -> None:
    assert mentions_in("5.00 on 3 June 2005", FieldType.TEXT) == []


@pytest.mark.parametrize(
    ("value", "field_type", "values"),
    [
        ("1.163", FieldType.AMOUNT, {Decimal("1.163")}),
        ("-5.00", FieldType.AMOUNT, {Decimal(-5)}),
        ("RM 1,163.40", FieldType.AMOUNT, {Decimal("1163.40")}),
        ("5.00 or 6.00", FieldType.AMOUNT, set()),
        ("2018-04-03", FieldType.DATE, {date(2018, 4, 3)}),
        ("03/04/2018", FieldType.DATE, {date(2018, 4, 3), date(2018, 3, 4)}),
        ("2018-13-03", FieldType.DATE, set()),
        ("USD", FieldType.CURRENCY, {"USD"}),
        ("XQX", FieldType.CURRENCY, set()),
    ],
)
def test_values_as_engines_write_them(value: str, field_type: FieldType, values: set[object]) -> None:
    assert values_of(value, field_type) == values
