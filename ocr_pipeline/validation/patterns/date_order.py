"""Whether a vendor writes the day or the month first, and what the other reading of a date is."""

import re
from datetime import date
from enum import StrEnum

from ocr_pipeline.documents.model import DocumentText, Field

_NUMERIC = re.compile(r"(?<![\d.,/-])(\d{1,2})\s?([./\-·])\s?(\d{1,2})\s?\2\s?(?:(?:19|20)\d{2}|\d{2})(?![\d/-])")


class DateOrder(StrEnum):
    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


def certain_order(text: DocumentText) -> DateOrder | None:
    """How the document's dates in figures are written; None where none tells, or two contradict each other."""
    orders = {
        DateOrder.DAY_FIRST if first > 12 else DateOrder.MONTH_FIRST
        for line in text.lines
        for first, second in _pairs(line)
        if min(first, second) in range(1, 13) and max(first, second) in range(13, 32)
    }
    return orders.pop() if len(orders) == 1 else None


def order_read(field: Field) -> DateOrder | None:
    """The order by which a date was read that has two readings; None for every other field."""
    try:
        value = date.fromisoformat(field.value)
    except ValueError:
        return None
    for first, second in _pairs(" ".join(field.evidence.words)):
        if first != second and max(first, second) <= 12:
            if (first, second) == (value.day, value.month):
                return DateOrder.DAY_FIRST
            if (first, second) == (value.month, value.day):
                return DateOrder.MONTH_FIRST
    return None


def swapped(value: str) -> str:
    """The ISO date with day and month exchanged; both are at most 12."""
    day = date.fromisoformat(value)
    return day.replace(month=day.day, day=day.month).isoformat()


def _pairs(text: str) -> list[tuple[int, int]]:
    """The first two numbers of each date in figures that has its year last."""
    return [(int(match[1]), int(match[3])) for match in _NUMERIC.finditer(text)]
