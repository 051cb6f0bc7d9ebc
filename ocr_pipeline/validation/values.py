"""The texts of a record as numbers and dates. What cannot be read as one is None, never an error."""

from datetime import date
from decimal import Decimal, InvalidOperation

from ocr_pipeline.documents.model import Field


def amount_of(field: Field | None) -> Decimal | None:
    if field is None:
        return None
    try:
        value = Decimal(field.value)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def date_of(field: Field | None) -> date | None:
    if field is None:
        return None
    try:
        return date.fromisoformat(field.value)
    except ValueError:
        return None
