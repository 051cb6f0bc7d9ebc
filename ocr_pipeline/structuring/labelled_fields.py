"""Fields that stand beside or below a printed label: how the CPU engine finds what it has no ranker for."""

import re
from collections.abc import Sequence

from ocr_pipeline.documents.model import Field, Word
from ocr_pipeline.kinds.kind import FieldSpec, FieldType
from ocr_pipeline.structuring.amounts import amounts_in, plain
from ocr_pipeline.structuring.dates import dates_in
from ocr_pipeline.structuring.labels import squash
from ocr_pipeline.structuring.layout import Row, Run

_BESIDE, _BELOW = 0.97, 0.9
"""Confidence in a value to the right of its label, and below it. On ZUGFeRD invoices all 18 of the first kind were
right; the second is a guess."""
_IBAN_BEGIN, _BANK = re.compile(r"[A-Z]{2}\d{2}"), re.compile(r"[A-Z]{4}")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9./_\-]*", re.IGNORECASE)
_COUNTRY = re.compile(r"[A-Z]{2}")
"""How tax numbers begin, a word of its own in ``DE 811 907 980``."""


def find_labelled(specs: Sequence[FieldSpec], rows: list[Row], day_first: bool) -> dict[str, Field]:
    """By the fields' names the first value with one of their labels; fields without labels are not looked for."""
    labels = {spec.name: {squash(label) for label in spec.labels} for spec in specs}
    found: dict[str, Field] = {}
    for row in rows:
        squashed = squash(row.text)
        for spec in specs:
            if spec.name in found or not any(label in squashed for label in labels[spec.name]):
                continue
            field = _in_row(spec, labels[spec.name], row, rows, day_first)
            if field is not None:
                found[spec.name] = field
    return found


def _in_row(spec: FieldSpec, labels: set[str], row: Row, rows: list[Row], day_first: bool) -> Field | None:
    words = [squash(word.text) for word in row.run.words]
    for start in range(len(words)):
        end = _end_of_label(words, start, labels)
        if end is None:
            continue
        label = Run(row.page, row.run.words[start:end])
        for value, confidence in ((_beside(row, end), _BESIDE), (_below(label, row, rows), _BELOW)):
            field = _read(spec, value, day_first, confidence) if value is not None else None
            if field is not None:
                return field
    return None


def _end_of_label(words: list[str], start: int, labels: set[str]) -> int | None:
    """The word after the longest label that begins at word `start`."""
    found, text = None, ""
    for end, word in enumerate(words[start:], start + 1):
        text += word
        if text in labels:
            found = end
        elif not any(label.startswith(text) for label in labels):
            break
    return found


def _beside(row: Row, end: int) -> Run | None:
    """What follows in the row, without punctuation that stands alone."""
    words = row.run.words[end:]
    while words and not squash(words[0].text):
        words = words[1:]
    return Run(row.page, words) if words else None


def _below(label: Run, row: Row, rows: list[Row]) -> Run | None:
    following = rows[row.index + 1] if row.index + 1 < len(rows) else None
    if following is None or following.page != row.page:
        return None
    return next((cell for cell in following.cells if cell.box.x0 < label.box.x1 and label.box.x0 < cell.box.x1), None)


def _read(spec: FieldSpec, value: Run, day_first: bool, confidence: float) -> Field | None:
    """The field at the beginning of `value`; None where that is nothing of the field's type."""
    row = Row(0, (value,))
    if spec.type is FieldType.AMOUNT:
        amounts = amounts_in(row)
        return amounts[0].run.field(plain(amounts[0].value), confidence) if amounts else None
    if spec.type is FieldType.DATE:
        dates = dates_in(row, day_first)
        return dates[0].run.field(dates[0].value.isoformat(), confidence) if dates else None
    if spec.type is FieldType.CODE:
        return _code(value, confidence)
    return value.field(value.text, confidence)


def _code(value: Run, confidence: float) -> Field | None:
    """The words up to the first that has no digit, which may be groups of one number, as in an IBAN."""
    words: list[Word] = []
    codes: list[str] = []
    for word in value.words:
        code = word.text.strip(":()")
        has_digit = any(character.isdigit() for character in code)
        # British and Dutch account numbers, among others, go on with the letters of a bank.
        is_bank = len(codes) == 1 and _IBAN_BEGIN.fullmatch(codes[0]) and _BANK.fullmatch(code)
        is_country = not codes and _COUNTRY.fullmatch(code)
        if not _CODE.fullmatch(code) or not (has_digit or is_bank or is_country):
            break
        words.append(word)
        codes.append(code)
    is_number = any(character.isdigit() for code in codes for character in code)
    return Run(value.page, tuple(words)).field(" ".join(codes), confidence) if is_number else None
