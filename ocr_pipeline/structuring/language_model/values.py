"""What a model wrote as a value, in the form that records have."""

import re
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation

from ocr_pipeline.kinds.kind import FieldType
from ocr_pipeline.structuring.amounts import currency_code, parse_amount, plain
from ocr_pipeline.structuring.dates import parse_date

_NOTHING = {"", "-", "null", "none", "n/a", "na", "unknown", "not present", "not found"}
_PLAIN_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?", re.ASCII)
_CENTS = 2


def says_nothing(value: str) -> bool:
    """Whether it is one of the ways in which models write null."""
    return value.strip().lower() in _NOTHING


def in_record_form(value: str, field_type: FieldType) -> str | None:
    """`value` as `Record.fields` writes values of its type; None where it is none of that type."""
    text = " ".join(value.split())
    match field_type:
        case FieldType.DATE:
            return _date(text)
        case FieldType.AMOUNT:
            return _amount(text)
        case FieldType.CURRENCY:
            return currency_code(text)
        case _:
            return text or None


def quantity_in_record_form(value: str) -> str | None:
    """A count keeps its form: 2 stays 2, and does not become 2.00."""
    text = "".join(value.split())
    return text if _PLAIN_NUMBER.fullmatch(text) else _amount(text)


def _date(text: str) -> str | None:
    with suppress(ValueError):
        return date.fromisoformat(text).isoformat()
    found = parse_date(text)
    return found.isoformat() if found else None


def _amount(text: str) -> str | None:
    """Two decimals; more where there are more."""
    if _PLAIN_NUMBER.fullmatch(text) and len(text.partition(".")[2]) > _CENTS:
        return text
    with suppress(InvalidOperation):
        if _PLAIN_NUMBER.fullmatch(text):
            return plain(Decimal(text))
    amount = parse_amount(text)
    return None if amount is None else plain(amount)
