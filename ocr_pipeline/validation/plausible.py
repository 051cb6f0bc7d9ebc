"""Which values can be meant: used by the verdict on one record and by the schemas of the tables alike."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from babel.numbers import list_currencies

EARLIEST = date(1900, 1, 1)
FUTURE = timedelta(days=366)
"""Invoices are dated ahead now and then, but not by more than about a year."""
LARGEST = Decimal("1e12")
"""No amount on a document is larger, in any currency."""


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """ISO 4217 codes, past and present, as Babel lists them."""
    return frozenset(list_currencies())


def plausible_date(value: date) -> bool:
    return EARLIEST <= value <= datetime.now(UTC).date() + FUTURE


def plausible_amount(value: Decimal) -> bool:
    return value.is_finite() and abs(value) <= LARGEST
