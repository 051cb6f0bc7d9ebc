from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from ocr_pipeline.kinds.kind import FieldType
from ocr_pipeline.kinds.plausible import currencies, plausible, plausible_amount, plausible_date
from ocr_pipeline_tests.validation.records import field


def test_dates_from_1900_to_a_year_ahead() -> None:
    today = datetime.now(UTC).date()
    assert plausible_date(date(1900, 1, 1))
    assert plausible_date(today + timedelta(days=300))
    assert not plausible_date(date(1899, 12, 31))
    assert not plausible_date(today + timedelta(days=400))


def test_amounts_of_this_world() -> None:
    assert plausible_amount(Decimal("-12.50"))
    assert not plausible_amount(Decimal("1e13"))
    assert not plausible_amount(Decimal("1e-30"))
    assert not plausible_amount(Decimal("NaN"))


def test_currencies_by_their_iso_code() -> None:
    assert {"EUR", "MYR", "USD"} <= currencies()
    assert "QTY" not in currencies()


@pytest.mark.parametrize(
    ("type_", "right", "wrong"),
    [
        (FieldType.DATE, "2018-04-05", "5 April"),
        (FieldType.AMOUNT, "12.50", "12,50"),
        (FieldType.CURRENCY, "EUR", "Euro"),
        (FieldType.TEXT, "Oak", " "),
        (FieldType.ADDRESS, "Birkenweg 7", ""),
        (FieldType.CODE, "0", ""),
    ],
)
def test_a_value_is_one_of_its_type(type_: FieldType, right: str, wrong: str) -> None:
    assert plausible(field(right), type_)
    assert not plausible(field(wrong), type_)
