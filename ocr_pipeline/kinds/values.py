"""The texts of a record as numbers and dates. What cannot be read as one is None, never an error."""

from datetime import date
from decimal import Decimal, InvalidOperation

from ocr_pipeline.documents.model import Field

_MOST_DIGITS = 100
"""Before or after the point; beyond, arithmetic may fail."""


def amount_of(field: Field | None) -> Decimal | None:
    if field is None:
        return None
    try:
        value = Decimal(field.value)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) < _MOST_DIGITS else None


def date_of(field: Field | None) -> date | None:
    if field is None:
        return None
    try:
        return date.fromisoformat(field.value)
    except ValueError:
        return None
