"""Dates in text, in the numeric and written forms of receipts, invoices and letters.

Years with two digits are of this century unless that lies in the future. Times glued to a date
(``19/03/201803:43:44``) are left out.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from dateparser.date import DateDataParser

from ocr_pipeline.structuring.layout import Row, Run

LANGUAGES = ("en", "de", "fr", "nl", "ms")
"""Languages of month names."""

_YEAR = r"(?:(?:18|19|20)\d{2}(?!:)|\d{2}(?!\d)|\d{2}(?=\d{1,2}:\d{2}))"
_SEPARATOR = r"\s?[./\-·]\s?"
_NUMERIC = re.compile(rf"(?<![\d.,/-])(\d{{1,2}})\s?([./\-·])\s?(\d{{1,2}})\s?\2\s?({_YEAR})(?![/-]|\.\d)")
_YEAR_FIRST = re.compile(rf"(?<![\d.,/-])((?:19|20)\d{{2}}){_SEPARATOR}(\d{{1,2}}){_SEPARATOR}(\d{{2}}|\d(?!\d))")
_MONTH = (
    r"(?=jan|feb|f[eé]v|mar|m[äa]r|maa|mac|mrt|apr|avr|ma[iy]|mei|jun|juin|jul|juil|aug|ao[uû]|ogo|sep|o[ck]t|nov"
    r"|de[czs]|déc|dis)[^\W\d_]{3,10}"
)
_WRITTEN = re.compile(
    rf"(?<!\d)(?:\d{{1,2}}(?:st|nd|rd|th|er)?[.,]?[\s/\-]?{_MONTH}[.,']?[\s/\-]?{_YEAR})"
    rf"|(?<!\w)(?:{_MONTH}\.?[\s\-]?\d{{1,2}}(?:st|nd|rd|th)?(?:\s?,\s?|\.?\s|-){_YEAR})(?!\d)",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(?<!\d)(?:(?P<dmy>[0-3]\d[01]\d20\d{2})|(?P<ymd>20\d{2}[01]\d[0-3]\d))(?!\d)")


@dataclass(frozen=True)
class FoundDate:
    """A date and the words it was read from; `ambiguous` where day and month could be swapped."""

    value: date
    run: Run
    row: Row
    start: int
    """Where it begins in the text of its row."""
    ambiguous: bool


def parse_date(text: str, day_first: bool = True) -> date | None:
    """The first date in `text`; `day_first` settles 03/04/2018. None where there is no (possible) date."""
    return next((value for value, _, _, _ in _scan(text, day_first)), None)


def dates_in(row: Row, day_first: bool) -> list[FoundDate]:
    """The dates of a row from left to right."""
    return [
        FoundDate(value, row.run.part(start, end), row, start, ambiguous)
        for value, start, end, ambiguous in _scan(row.text, day_first)
    ]


def day_first_evidence(rows: list[Row]) -> int:
    """How many dates can only be read day first, less those that can only be read month first."""
    score = 0
    for row in rows:
        for match in _NUMERIC.finditer(row.text):
            first, second = int(match[1]), int(match[3])
            score += (12 < first <= 31 and second <= 12) - (12 < second <= 31 and first <= 12)
    return score


def _scan(text: str, day_first: bool) -> list[tuple[date, int, int, bool]]:
    """Date, start, end and ambiguity of each date in `text`."""
    found: list[tuple[date, int, int, bool]] = []
    for match in _YEAR_FIRST.finditer(text):
        _add(found, match, _real(int(match[1]), int(match[2]), int(match[3])), ambiguous=False)
    for match in _NUMERIC.finditer(text):
        first, second, year = int(match[1]), int(match[3]), _full_year(match[4])
        preferred, other = ((second, first), (first, second)) if day_first else ((first, second), (second, first))
        value = _real(year, *preferred) or _real(year, *other)
        _add(found, match, value, ambiguous=first <= 12 and second <= 12 and first != second)
    for match in _WRITTEN.finditer(text):
        _add(found, match, _written(match[0]), ambiguous=False)
    for match in _COMPACT.finditer(text):
        digits = match[0]
        parts = (digits[4:], digits[2:4], digits[:2]) if match["dmy"] else (digits[:4], digits[4:6], digits[6:])
        _add(found, match, _real(*(int(part) for part in parts)), ambiguous=False)
    return sorted(found, key=lambda item: item[1])


def _add(found: list[tuple[date, int, int, bool]], match: re.Match[str], value: date | None, ambiguous: bool) -> None:
    overlaps = any(match.start() < end and start < match.end() for _, start, end, _ in found)
    if value is not None and not overlaps:
        found.append((value, match.start(), match.end(), ambiguous))


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full_year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return 2000 + year if 2000 + year <= datetime.now(UTC).year + 1 else 1900 + year


@lru_cache(maxsize=4096)
def _written(text: str) -> date | None:
    """A date with a month's name; dateparser knows the names."""
    spaced = re.sub(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)|[/\-,.']", " ", text)
    spaced = re.sub(r"(\d)\s+(?:st|nd|rd|th|er)\b", r"\1", spaced, flags=re.IGNORECASE)
    day_month_year = re.fullmatch(r"\s*(?:(\d+)\s+(\S+)|(\S+)\s+(\d+))\s+(\d+)\s*", spaced)
    if not day_month_year:
        return None
    day = day_month_year[1] or day_month_year[4]
    month = day_month_year[2] or day_month_year[3]
    parsed = _parser().get_date_data(f"{day} {month} {_full_year(day_month_year[5])}").date_obj
    return parsed.date() if parsed else None


@lru_cache(maxsize=1)
def _parser() -> DateDataParser:
    return DateDataParser(
        languages=list(LANGUAGES),
        settings={"DATE_ORDER": "DMY", "STRICT_PARSING": True, "RETURN_AS_TIMEZONE_AWARE": False},
    )
