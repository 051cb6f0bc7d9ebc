"""Amounts of money in text: ``RM 1,007.50``, ``1.163,40 €``, ``2.07-``, ``(5.00)``, ``RMO.01``.

An amount has two decimals; anything else (quantities, numbers of documents, percentages, dates) is none. Which of
comma and point is the decimal mark is plain from the two digits that follow it.
"""

import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel.numbers import get_currency_symbol, list_currencies
from price_parser import Price

from ocr_pipeline.kinds.languages import NOT_TOLD, Language
from ocr_pipeline.structuring.layout import Row, Run

_SYMBOLS = {"RM": "MYR", "€": "EUR", "£": "GBP", "$": "USD", "US$": "USD", "S$": "SGD", "A$": "AUD", "C$": "CAD",
            "HK$": "HKD", "¥": "JPY", "₹": "INR", "RS": "INR", "FR.": "CHF", "KČ": "CZK", "ZŁ": "PLN", "₩": "KRW",
            "₱": "PHP", "฿": "THB", "₫": "VND", "₺": "TRY", "₪": "ILS", "₴": "UAH"}  # fmt: skip
"""Symbols as printed on documents, upper case. Babel knows symbols per locale; these are the ones to search for."""

CODES = (
    "EUR|USD|GBP|MYR|CHF|INR|SGD|AUD|CAD|JPY|CNY|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|THB|IDR|PHP|HKD|NZD|TRY|AED|SAR"
)
"""Of ISO 4217 those that documents print; any three capitals would take words like TAX for a currency."""
_MARK = rf"RM|US\$|S\$|A\$|C\$|HK\$|Rs\.?|[€£$¥₹₩₱฿₫₺₪₴]|(?<![A-Za-z])(?:{CODES})(?![A-Za-z])"
_AMOUNT = re.compile(
    rf"(?P<open>\()?(?P<minus>(?<!\w)[-−–]\s?)?(?:(?P<mark>{_MARK})\s?)?(?P<inner>[-−–])?"  # noqa: RUF001
    r"(?<![\d.,'])(?P<number>\d{1,3}(?:[.,'’]\d{3})+(?:\s?[.,]|\.\s)\d{2}|\d+(?:\s?[.,]|\.\s)\d{2})(?!\d)(?![.,/:]\d)(?!\s?%)"  # noqa: RUF001
    r"(?P<after>\s?[-−](?![\d\w]))?(?P<close>\))?"  # noqa: RUF001
)
_MISREAD_ZERO = re.compile(r"(?:(?<=\d)|(?<=[.,])|(?<=RM))[OoQCD](?=[\d.,OoQ]|$|\s)")

_MISREAD_ONE = re.compile(r"(?<=RM)[Il](?=[\d.])")


@dataclass(frozen=True)
class Amount:
    """An amount and the words it was read from; `mark` is the currency's sign beside it, empty where there is none."""

    value: Decimal
    run: Run
    mark: str
    start: int
    """Where it begins in the text of its row."""


@lru_cache(maxsize=1)
def currency_codes() -> frozenset[str]:
    """ISO 4217 codes, as Babel lists them."""
    return frozenset(list_currencies())


def currency_code(mark: str) -> str | None:
    """The ISO 4217 code of a symbol or code (``RM``, ``€``, ``EUR``); None where it is neither."""
    plain = mark.strip().upper()
    if plain in _SYMBOLS or plain.rstrip(".") in _SYMBOLS:
        return _SYMBOLS.get(plain) or _SYMBOLS[plain.rstrip(".")]
    if plain in currency_codes() and get_currency_symbol(plain, locale="en") is not None:
        return plain
    return None


def repair(text: str) -> str:
    """`text` with letters that a recognizer saw where a digit stands inside an amount put right; as long as before."""
    return _MISREAD_ONE.sub("1", _MISREAD_ZERO.sub("0", text))


def parse_number(text: str, decimal_mark: str) -> Decimal | None:
    """A number written with `decimal_mark` (``.`` or ``,``), thousands grouped by the other one, ``'`` or a space."""
    compact = re.sub(r"\s", "", text)
    price = Price.fromstring(compact, decimal_separator=decimal_mark)
    return price.amount


def parse_amount(text: str) -> Decimal | None:
    """The first amount in `text`, negative with a minus before or behind it or in brackets; None without one."""
    match = _AMOUNT.search(repair(text))
    return _value(match) if match else None


def amounts_in(row: Row) -> list[Amount]:
    """The amounts of a row from left to right."""
    found, offset = [], 0
    for cell in row.cells:
        text = repair(cell.text)
        for match in _AMOUNT.finditer(text):
            value = _value(match)
            if value is not None:
                run = cell.part(match.start(), match.end())
                found.append(Amount(value, run, match["mark"] or "", offset + match.start()))
        offset += len(text) + 1
    return found


def decimal_mark(rows: list[Row], language: Language = NOT_TOLD) -> str:
    """The decimal mark that most amounts of the document use, else that of the sender's language, else a point."""
    marks = Counter(
        match["number"].rstrip("0123456789 ")[-1] for row in rows for match in _AMOUNT.finditer(repair(row.text))
    )
    if marks[","] == marks["."]:
        return language.decimal_mark or "."
    return "," if marks[","] > marks["."] else "."


def plain(value: Decimal) -> str:
    """As in `Record.fields`: two decimals, a point, no grouping."""
    return f"{value:.2f}"


def _value(match: re.Match[str]) -> Decimal | None:
    number = match["number"]
    mark = number.rstrip("0123456789 ")[-1]
    try:
        value = parse_number(number, mark)
    except InvalidOperation:
        return None
    if value is None:
        return None
    negative = match["minus"] or match["inner"] or match["after"] or (match["open"] and match["close"])
    return -value if negative else value
