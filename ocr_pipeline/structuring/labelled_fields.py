"""Fields that stand beside or below a printed label: how the CPU engine finds what it has no ranker for."""

import re

from ocr_pipeline.documents.model import Field
from ocr_pipeline.kinds.kind import FieldSpec, FieldType
from ocr_pipeline.structuring.amounts import amounts_in, plain
from ocr_pipeline.structuring.dates import dates_in
from ocr_pipeline.structuring.document_date import is_day_first
from ocr_pipeline.structuring.labels import squash
from ocr_pipeline.structuring.layout import Row, Run

_BESIDE, _BELOW = 0.97, 0.9
"""Confidence in a value to the right of its label, and below it. On ZUGFeRD invoices all 18 of the first kind were
right; the second is a guess."""
_CODE = re.compile(r"[A-Z0-9][A-Z0-9./_\-]*", re.IGNORECASE)


def find_labelled(spec: FieldSpec, rows: list[Row]) -> Field | None:
    """The first value with one of the field's labels; none where it has no labels, or none is printed."""
    labels = {squash(label) for label in spec.labels}
    for row in rows:
        for start in range(len(row.run.words)):
            end = _end_of_label(row, start, labels)
            if end is None:
                continue
            label = Run(row.page, row.run.words[start:end])
            for value, confidence in ((_beside(row, end), _BESIDE), (_below(label, row, rows), _BELOW)):
                field = _read(spec, value, rows, confidence) if value is not None else None
                if field is not None:
                    return field
    return None


def _end_of_label(row: Row, start: int, labels: set[str]) -> int | None:
    """The word after the longest label that begins at word `start`."""
    words = row.run.words
    found = None
    for end in range(start + 1, len(words) + 1):
        text = squash(" ".join(word.text for word in words[start:end]))
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


def _read(spec: FieldSpec, value: Run, rows: list[Row], confidence: float) -> Field | None:
    """The field at the beginning of `value`; None where that is nothing of the field's type."""
    row = Row(0, (value,))
    if spec.type is FieldType.AMOUNT:
        amounts = amounts_in(row)
        return amounts[0].run.field(plain(amounts[0].value), confidence) if amounts else None
    if spec.type is FieldType.DATE:
        dates = dates_in(row, is_day_first(rows, None))
        return dates[0].run.field(dates[0].value.isoformat(), confidence) if dates else None
    if spec.type is FieldType.CODE:
        return _code(value, confidence)
    return value.field(value.text, confidence)


def _code(value: Run, confidence: float) -> Field | None:
    """The words up to the first that has no digit, which may be groups of one number, as in an IBAN."""
    words = []
    for word in value.words:
        if not _CODE.fullmatch(word.text.strip(":()")) or not any(character.isdigit() for character in word.text):
            break
        words.append(word)
    if not words:
        return None
    return Run(value.page, tuple(words)).field(" ".join(word.text.strip(":()") for word in words), confidence)
