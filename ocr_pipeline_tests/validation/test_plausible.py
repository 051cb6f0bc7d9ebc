from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from ocr_pipeline.validation.plausible import currencies, plausible_amount, plausible_date


def test_dates_from_1900_to_a_year_ahead() -> None:
    today = datetime.now(UTC).date()
    assert plausible_date(date(1900, 1, 1))
    assert plausible_date(today + timedelta(days=300))
    assert not plausible_date(date(1899, 12, 31))
    assert not plausible_date(today + timedelta(days=400))


def test_amounts_of_this_world() -> None:
    assert plausible_amount(Decimal("-12.50"))
    assert not plausible_amount(Decimal("1e13"))
    assert not plausible_amount(Decimal("NaN"))


def test_currencies_by_their_iso_code() -> None:
    assert {"EUR", "MYR", "USD"} <= currencies()
    assert "QTY" not in currencies()
