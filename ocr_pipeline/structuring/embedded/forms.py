"""How XML invoices write values, and how records do."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

Form = Callable[[str], str | None]
"""What is written -> the same as in `Record.fields`; None where it is nothing of the kind."""

_DECIMAL = re.compile(r"[+-]?\d{1,15}(\.\d{0,15})?")
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
_LONGEST_TEXT = 1000
"""Nobody's name or address is longer."""


def text(written: str) -> str | None:
    plain = " ".join(written.split())
    return plain if 0 < len(plain) <= _LONGEST_TEXT else None


def day(written: str) -> str | None:
    """ISO 8601 of ``20180605`` (format 102), ``2018-06-05`` or either with a time behind."""
    match = _DAY.match(written.strip())
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups())).isoformat()
    except ValueError:
        return None


def number(written: str) -> Decimal | None:
    plain = written.strip()
    return Decimal(plain) if _DECIMAL.fullmatch(plain) else None


def amount(written: str) -> str | None:
    value = number(written)
    return None if value is None else decimal_string(value, 2)


def quantity(written: str) -> str | None:
    value = number(written)
    return None if value is None else decimal_string(value, 0)


def decimal_string(value: Decimal, places: int) -> str:
    """With at least so many places, and no zeros behind them."""
    exponent = value.normalize().as_tuple().exponent
    decimals = max(places, -exponent) if isinstance(exponent, int) else places
    return f"{value + 0:.{decimals}f}"  # no negative zero
