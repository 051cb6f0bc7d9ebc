from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Evidence, Field
from ocr_pipeline.validation.patterns.date_order import DateOrder, certain_order, order_read, swapped
from ocr_pipeline_tests.structuring.typed import typed

DAY, MONTH = DateOrder


def read(value: str, *words: str) -> Field:
    return Field(value=value, confidence=0.5, evidence=Evidence(page=1, words=words))


@pytest.mark.parametrize(
    ("page", "order"),
    [
        ("Date: 25/12/2018", DAY),
        ("Date: 12/25/2018  17:05", MONTH),
        ("25.12.18", DAY),
        ("Date 25-12-2018   Due 01-02-2019", DAY),
        ("Date: 03/04/2018", None),
        ("Date: 12/12/2018", None),
        ("From 25/12/2018 to 12/26/2018", None),
        ("Date: 2018-12-25", None),
        ("Tel 25/31/2018", None),
        ("25 December 2018", None),
        ("Version 1.25/12/2018/4", None),
    ],
)
def test_only_certain_dates_tell_the_order(page: str, order: DateOrder | None) -> None:
    assert certain_order(typed(page)) == order


def test_a_date_with_two_readings_was_read_by_one() -> None:
    assert order_read(read("2018-04-03", "03/04/2018")) is DAY
    assert order_read(read("2018-03-04", "03/04/2018")) is MONTH
    assert order_read(read("2018-03-04", "Date:", "03", ".", "04", ".", "2018")) is MONTH


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2018-12-25", ["25/12/2018"]),
        ("2018-04-04", ["04/04/2018"]),
        ("2018-04-03", ["3", "April", "2018"]),
        ("2018-04-03", ["2018/04/03"]),
        ("2018-04-03", ["05/06/2018"]),
        ("11.90", ["03/04/2018"]),
    ],
)
def test_any_other_field_is_not_read_by_an_order(value: str, words: list[str]) -> None:
    assert order_read(read(value, *words)) is None


@given(st.dates(date(1990, 1, 1), date(2068, 12, 31)), st.sampled_from("./-"), st.sampled_from(["%Y", "%y"]))
def test_the_other_reading_is_the_one_by_the_other_order(day: date, mark: str, year: str) -> None:
    field = read(day.isoformat(), day.strftime(f"%d{mark}%m{mark}{year}"))
    if day.day > 12:
        assert certain_order(typed(field.evidence.words[0])) is DAY
        assert order_read(field) is None
    elif day.day != day.month:
        assert order_read(field) is DAY
        assert order_read(read(swapped(field.value), *field.evidence.words)) is MONTH
        assert swapped(swapped(field.value)) == field.value
