"""Labelled documents with what rules say of them, and what is right about their lines and candidates."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from ocr_pipeline.evaluation.score import is_right
from ocr_pipeline.structuring.amounts import amounts_in
from ocr_pipeline.structuring.dates import dates_in
from ocr_pipeline.structuring.labels import squash
from ocr_pipeline.structuring.layout import Row, rows_of
from ocr_pipeline.structuring.level_pages import levelled
from ocr_pipeline.structuring.ranking.facts import Facts
from training.fields.documents import LabelledDocument

_SAMPLES_WEIGHT = 0.3
_NEARLY = 94.0
"""A text as similar as this (0 to 100) to the true one is the right place, misread."""


@dataclass(frozen=True)
class Example:
    document: LabelledDocument
    facts: Facts
    weight: float
    """In learning: each document of a vendor with many counts less, and so does what was only generated."""


def examples(documents: Sequence[LabelledDocument]) -> list[Example]:
    """Of each document with text."""
    vendors = Counter(document.vendor for document in documents)
    return [
        Example(
            document,
            Facts(rows_of(levelled(document.text))),
            (_SAMPLES_WEIGHT if document.source == "samples" else 1.0) / vendors[document.vendor] ** 0.5,
        )
        for document in documents
        if document.text.words
    ]


def roles_in(example: Example) -> list[tuple[str, tuple[bool | None, ...]]]:
    """The texts of rows and cells, each with whether it plays the roles of `line_roles.Roles`; None if not known."""
    fields = example.document.fields
    return [
        (text, _roles(text, row, fields, example.facts.is_day_first))
        for row in example.facts.rows
        for text in dict.fromkeys([row.text, *(cell.text for cell in row.cells)])
    ]


def target(field: str, value: str, example: Example) -> float:
    """1 for a candidate in the right place, else 0."""
    labels = example.document.fields
    if is_right(field, value, labels):
        return 1.0
    truth = labels.get(field)
    if field in {"vendor_name", "vendor_address"} and truth:
        return float(fuzz.ratio(squash(value), squash(truth)) >= _NEARLY)
    return 0.0


def _roles(text: str, row: Row, fields: dict[str, str], day_first: bool) -> tuple[bool | None, ...]:
    squashed = squash(text)
    name, address, number = (
        squash(fields.get(key) or "") for key in ("vendor_name", "vendor_address", "invoice_number")
    )
    day, total = fields.get("document_date"), fields.get("total")
    return (
        len(squashed) >= 4 and (squashed in name or name in squashed or fuzz.ratio(squashed, name) > 90)
        if name
        else None,
        len(squashed) >= 5
        and (squashed in address or (len(squashed) > 8 and fuzz.partial_ratio(squashed, address) > 92))
        if address
        else None,
        day in {found.value.isoformat() for found in dates_in(row, day_first)} if day else None,
        total in {f"{amount.value:.2f}" for amount in amounts_in(row)} if total else None,
        number in squashed if len(number) > 3 else None,
    )
