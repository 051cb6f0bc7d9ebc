"""Which values can be meant: used by the verdict on one record and by the schemas of the tables alike."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from babel.numbers import list_currencies

from ocr_pipeline.documents.model import Field
from ocr_pipeline.kinds.kind import FieldType
from ocr_pipeline.kinds.values import amount_of, date_of

EARLIEST = date(1900, 1, 1)
FUTURE = timedelta(days=366)
"""Invoices are dated ahead now and then, but not by more than about a year."""
LARGEST = Decimal("1e12")
"""No amount on a document is larger, in any currency."""
_MOST_DECIMALS = 12
"""No amount or quantity on a document is finer, and the tables need not hold any that is."""


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """ISO 4217 codes, past and present, as Babel lists them."""
    return frozenset(list_currencies())


def plausible(field: Field, type_: FieldType) -> bool:
    """Whether the value is one of its type, and such as documents have."""
    if type_ is FieldType.DATE:
        day = date_of(field)
        return day is not None and plausible_date(day)
    if type_ is FieldType.AMOUNT:
        amount = amount_of(field)
        return amount is not None and plausible_amount(amount)
    if type_ is FieldType.CURRENCY:
        return field.value in currencies()
    return bool(field.value.strip())


def plausible_date(value: date) -> bool:
    return EARLIEST <= value <= datetime.now(UTC).date() + FUTURE


def plausible_amount(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_MOST_DECIMALS and abs(value) <= LARGEST
