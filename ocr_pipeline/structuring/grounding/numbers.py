"""Numbers in text, with any number of decimals, and every value that the way they are printed allows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ocr_pipeline.structuring.grounding.currencies import currencies_of

_APOSTROPHES = "'\u2019"
_MINUS = "-\u2212\u2013"
"""Hyphen, minus sign and en dash."""
_START = rf"(?<!\d)(?<!\d[.,{_APOSTROPHES}:/\-])"
_END = rf"(?!\d|[.,{_APOSTROPHES}:/\-]\d|\s?%)"
_TIGHT = re.compile(
    rf"{_START}(?:\d{{1,3}}(?:[.,{_APOSTROPHES}]\d{{3}})+(?:[.,]\d{{1,4}})?|\d+(?:[.,]\d{{1,4}})?){_END}"
)
_LOOSE = re.compile(
    rf"{_START}(?:\d{{1,3}}(?:[.,{_APOSTROPHES} ]\d{{3}})+(?:\s?[.,]\d{{2}}|\.\s\d{{2}})?"
    rf"|\d+(?:\s[.,]|\.\s)\d{{2}}){_END}"
)
"""With spaces inside, as in ``1 163,40`` and ``10 .00``."""
_SEPARATOR = re.compile(f"[.,{_APOSTROPHES}]")
_UNIT = re.compile(
    r"(?:[xX*@]|(?i:pcs?|units?|stk|st|kg|g|l|m|h|std|stück|ea|nos?|pkts?|btls?|sets?|pairs?))(?![^\W\d_])"
)
_TIMES = re.compile(r"(?<![^\W\d_])[xX]$")
_MARK_BEFORE = re.compile(r"(?:[A-Za-z]{0,2}\$|[^\W\d_]{2,4}\.?|[£€¥₹₩₱฿₫₺₪₴])$")
_LONGEST_MARK = 5
"""Characters. What stands before a number is only searched near it: a row may hold thousands."""
_MINUS_BEFORE = re.compile(rf"[{_MINUS}](\s?)$")
_BRACKET_BEFORE = re.compile(r"\(\s?$")
_MARK_BEHIND = re.compile(r"\s?(?:[$£€¥₹₩₱฿₫₺₪₴]|[^\W\d_]{2,4}(?![^\W\d_]))")
_COUNT_BELOW = 100


@dataclass(frozen=True)
class PrintedNumber:
    """A number from `start` to before `end` of a text, its sign included, its currency not."""

    values: frozenset[Decimal]
    start: int
    end: int
    is_count: bool
    """So small, whole and without a currency that it may be a count rather than a price."""


def numbers_in(text: str) -> Iterator[PrintedNumber]:
    """Those that stand by themselves. Not parts of longer numbers, dates and times, not per cents, not ``A4``."""
    for pattern in (_TIGHT, _LOOSE):
        for match in pattern.finditer(text):
            if pattern is _TIGHT or " " in match[0]:
                yield from _printed(text, match)


def _printed(text: str, match: re.Match[str]) -> Iterator[PrintedNumber]:
    sizes = _sizes(re.sub(r"\s", "", match[0]))
    start, end = match.span()
    before, behind = text[:start].rstrip(f"{_MINUS} "), text[end:]
    mark = _MARK_BEFORE.search(before, max(0, len(before) - _LONGEST_MARK))
    mark_start = mark.start() if mark and currencies_of(mark[0]) else None
    mark_behind = _MARK_BEHIND.match(behind)
    marked = mark_start is not None or bool(mark_behind and currencies_of(mark_behind[0]))
    is_price = bool(re.search(r"[.,]\s?\d\d$", match[0]))
    glued_before = text[start - 1 : start].isalpha()
    glued_behind = behind[:1].isalpha()
    if glued_before and not (is_price or marked or _TIMES.search(before, max(0, len(before) - 1))):
        return
    if glued_behind and not (is_price or marked or _UNIT.match(behind)):
        return
    whole = all(size == size.to_integral_value() for size in sizes) and not is_price
    is_count = whole and not marked and max(sizes, default=Decimal(0)) < _COUNT_BELOW
    signs, start, end = _signs(text, start, end, mark_start)
    values = frozenset(sign * size for sign in signs for size in sizes)
    yield PrintedNumber(values, start, end, is_count)


def _sizes(digits: str) -> set[Decimal]:
    """What a number without sign may be: ``1.163`` is 1163 or 1.163, ``1.163,40`` is 1163.40."""
    parts = _SEPARATOR.split(digits)
    separators = _SEPARATOR.findall(digits)
    whole = Decimal("".join(parts))
    if not separators:
        return {whole}
    grouped = len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:]) and len(set(separators)) == 1
    has_decimals = separators[-1] in ".," and (len(separators) == 1 or len(parts[-1]) != 3 or len(set(separators)) > 1)
    sizes = {whole} if grouped and parts[0] != "0" else set()
    if has_decimals:
        sizes.add(whole.scaleb(-len(parts[-1])))
    return sizes


def _signs(text: str, start: int, end: int, mark_start: int | None) -> tuple[set[int], int, int]:
    """The signs that the number from `start` to `end` may have, and its bounds with the sign.

    A minus that stands apart may be a dash, brackets may be mere brackets: then it may be either.
    """
    behind = re.match(rf"[{_MINUS}](?!\w)|\s[{_MINUS}](?!\s?\w)", text[end:])
    if behind:
        return ({1, -1} if behind[0][0].isspace() else {-1}), start, end + behind.end()
    first = start if mark_start is None else mark_start
    for place in (start, first):
        before = _MINUS_BEFORE.search(text, max(0, place - 2), place)
        # Behind a word it is a hyphen, unless the word is the currency.
        if before and (place > first or not text[: before.start()][-1:].isalnum()):
            return ({1, -1} if before[1] else {-1}), before.start(), end
    if _BRACKET_BEFORE.search(text, max(0, first - 2), first) and re.match(r"\s?\)", text[end:]):
        return {1, -1}, start, end
    return {1}, start, end
