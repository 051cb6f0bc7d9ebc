import time
from decimal import Decimal

import pytest

from ocr_pipeline.structuring.grounding.numbers import numbers_in


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("11.60", ["11.60"]),
        ("1.163,40", ["1163.40"]),
        ("1,163.40", ["1163.40"]),
        ("1'163.40", ["1163.40"]),
        ("1.163", ["1163", "1.163"]),
        ("0.163", ["0.163"]),
        ("1,234,567", ["1234567"]),
        ("1.163.40", ["1163.40"]),
        ("1 163,40", ["1", "1163.40", "163.40"]),
        ("10. 00", ["10", "10.00", "0"]),
        ("-5.00", ["-5.00"]),
        ("5.00-", ["-5.00"]),
        ("- 5.00", ["-5.00", "5.00"]),
        ("(5.00)", ["-5.00", "5.00"]),
        ("RM-5.00", ["-5.00"]),
        ("SUM-5.00", ["5.00"]),
        ("5.00-A", ["5.00"]),
        ("2x4.55", ["2", "4.55"]),
        ("3PCS", ["3"]),
        ("A4", []),
        ("4th", []),
        ("19%", []),
        ("19 %", []),
        ("01.02.2018", []),
        ("10:30", []),
        ("1/2", []),
    ],
)
def test_values(text: str, values: list[str]) -> None:
    found = {value for number in numbers_in(text) for value in number.values}
    assert found == {Decimal(value) for value in values}


@pytest.mark.parametrize(
    ("text", "is_count"), [("12", True), ("12.00", False), ("RM12", False), ("12 €", False), ("1200", False)]
)
def test_small_whole_numbers_may_be_counts(text: str, is_count: bool) -> None:
    assert [number.is_count for number in numbers_in(text)] == [is_count]


def test_the_sign_belongs_to_a_number_and_the_currency_does_not() -> None:
    (number,) = numbers_in("SUM RM 5.00- EUR")
    assert "SUM RM 5.00- EUR"[number.start : number.end] == "5.00-"


def test_a_row_of_very_many_numbers_takes_no_longer_for_each() -> None:
    def seconds(count: int) -> float:
        started = time.process_time()
        assert len(list(numbers_in("1 " * count))) == count
        return time.process_time() - started

    assert seconds(16_000) < 12 * seconds(4_000)
