"""Dates, amounts and currencies that a text names, with every value that each may stand for."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ocr_pipeline.documents.model import Box, Word
from ocr_pipeline.kinds.kind import FieldType
from ocr_pipeline.structuring.dates import FoundDate, dates_in
from ocr_pipeline.structuring.grounding.currencies import currencies_of, marks_in
from ocr_pipeline.structuring.grounding.keys import differences
from ocr_pipeline.structuring.grounding.look_alikes import with_digits
from ocr_pipeline.structuring.grounding.numbers import numbers_in
from ocr_pipeline.structuring.layout import Row, Run

_NOWHERE = Box(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Mention:
    """What a text says from `start` to before `end`."""

    values: frozenset[Hashable]
    """Decimals, dates or codes: more than one where print is ambiguous."""
    start: int
    end: int
    look_alikes: int = 0
    """How many characters were put right to read it."""
    is_count: bool = False
    """A small whole number, which no amount with decimals is read from."""


def mentions_in(text: str, field_type: FieldType) -> list[Mention]:
    """The dates, amounts or currencies in `text`, as `field_type` says; none for other types."""
    match field_type:
        case FieldType.CURRENCY:
            return [Mention(codes, start, end) for codes, start, end in marks_in(text)]
        case FieldType.AMOUNT | FieldType.DATE if any(character.isdigit() for character in text):
            read = _amounts if field_type is FieldType.AMOUNT else _dates
            found = list(read(text))
            repaired = with_digits(text)
            if repaired != text:
                found += [
                    Mention(mention.values, mention.start, mention.end, wrong, mention.is_count)
                    for mention in read(repaired)
                    if (wrong := differences(text[mention.start : mention.end], repaired[mention.start : mention.end]))
                ]
            return found
        case _:
            return []


def values_of(value: str, field_type: FieldType) -> frozenset[Hashable]:
    """What `value`, as an engine wrote it, is: one value where it is in the form of `Record.fields`."""
    try:
        match field_type:
            case FieldType.DATE:
                return frozenset({date.fromisoformat(value)})
            case FieldType.AMOUNT if value.removeprefix("-").replace(".", "", 1).isdecimal():
                return frozenset({Decimal(value)})
            case FieldType.CURRENCY if len(value) == 3 and value.isascii():
                return currencies_of(value)
    except ValueError:
        pass
    said = [mention for mention in mentions_in(value, field_type) if not mention.look_alikes]
    return said[0].values if len(said) == 1 else frozenset()


def _amounts(text: str) -> Iterator[Mention]:
    for number in numbers_in(text):
        yield Mention(frozenset(number.values), number.start, number.end, is_count=number.is_count)


def _dates(text: str) -> Iterator[Mention]:
    words = tuple(Word(text=part, box=_NOWHERE, confidence=1.0) for part in text.split(" "))
    for found in dates_in(Row(0, (Run(0, words),)), day_first=True):
        first_word = text.rfind(" ", 0, found.start + 1) + 1
        yield Mention(frozenset(_meant(found)), found.start, first_word + len(found.run.text))


def _meant(found: FoundDate) -> Iterator[date]:
    """The date; with day and month swapped and of the other century, where the print allows it."""
    day = found.value
    several = {day, day.replace(month=day.day, day=day.month)} if found.ambiguous else {day}
    yield from several
    if str(day.year) not in found.run.text:
        other = day.year - 100 if day.year >= 2000 else day.year + 100
        yield from (each.replace(year=other) for each in several if (each.month, each.day) != (2, 29))
