"""What to draw on the picture of a page, so that a person sees what was read where."""

from enum import StrEnum
from typing import NamedTuple

from ocr_pipeline.documents.model import Box, Field, Page, Record


class Boxes(StrEnum):
    NONE = "none"
    WORDS = "words"
    LINES = "lines"
    FIELDS = "fields"


class Mark(NamedTuple):
    box: Box
    """Original page pixels."""
    confidence: float
    label: str = ""


def word_marks(page: Page) -> list[Mark]:
    return [Mark(word.box, word.confidence) for line in page.lines for word in line.words]


def line_marks(page: Page) -> list[Mark]:
    return [Mark(line.box, line.confidence) for line in page.lines]


def field_marks(record: Record, page: int) -> list[Mark]:
    """The boxes that values on this page were read from, with their names; a line item has its number beside it."""
    cells = [
        _mark(cell, str(number) if name == "description" else "", page)
        for number, item in enumerate(record.line_items, start=1)
        for name, cell in item
        if isinstance(cell, Field)
    ]
    fields = [_mark(field, name, page) for name, field in record.fields.items()]
    return [mark for mark in fields + cells if mark is not None]


def _mark(field: Field, label: str, page: int) -> Mark | None:
    evidence = field.evidence
    return None if evidence.page != page or evidence.box is None else Mark(evidence.box, field.confidence, label)
