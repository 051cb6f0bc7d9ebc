"""Stages that return at once: what is left of a run is what the pipeline itself costs."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np

from ocr_pipeline.documents.model import (
    Box,
    DocumentText,
    Evidence,
    Field,
    Line,
    LineItem,
    NormalizedPageInfo,
    Page,
    RawDocument,
    Record,
    Word,
)
from ocr_pipeline.documents.page_image import NormalizedPage

_SIDE = 8
"""Pixels of a page."""
_PIXELS = np.full((_SIDE, _SIDE, 3), 255, np.uint8)
_INFO = NormalizedPageInfo.model_validate(
    {"number": 1, "original_width": _SIDE, "original_height": _SIDE, "to_original": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))}
)


@contextmanager
def stubbed_stages() -> Iterator[None]:
    """Every file has one page, and on it a receipt that its bytes alone make; no engine is loaded."""
    stubs: dict[str, Any] = {
        "read_file": _read_file,
        "normalize_pages": lambda *_: iter([NormalizedPage(_INFO, _PIXELS)]),
        "recognition_engine": lambda *_: SimpleNamespace(name="none"),
        "read_pages": lambda data, *_, **__: _text(data),
        "structuring_engine": lambda *_: SimpleNamespace(name="none", version="1", at_once=1, counts={}),
        "structure": lambda text, *_: _record(text),
    }
    with patch.multiple("ocr_pipeline.pipeline", **stubs):
        yield


def _read_file(data: bytes, _name: str, _settings: object) -> RawDocument:
    return RawDocument(sha256=hashlib.sha256(data).hexdigest(), media_type="image/png", size=len(data), page_count=1)


def _text(data: bytes) -> DocumentText:
    number = int.from_bytes(hashlib.sha256(data).digest()[:6])
    euros = f"{number % 90000 / 100 + 10:.2f}"
    texts = (f"Vendor {number % 9973} Ltd", "2026-11-22", f"R{number}", "Tea", euros, "Total", euros)
    lines = tuple(
        Line(words=tuple(_word(text, row, column) for column, text in enumerate(line.split())))
        for row, line in enumerate(texts)
    )
    return DocumentText(pages=(Page(number=1, width=600, height=800, source="none", lines=lines),))


def _word(text: str, row: int, column: int) -> Word:
    left, top = 20.0 + 110 * column, 20.0 + 40 * row
    return Word(text=text, box=Box(left, top, left + 100, top + 30), confidence=0.99)


def _record(text: DocumentText) -> Record:
    lines = text.pages[0].lines
    vendor, day, number, item, amount, _, total = (_field(line) for line in lines)
    return Record(
        engine="none",
        kind="receipt",
        fields={"vendor_name": vendor, "document_date": day, "invoice_number": number, "total": total},
        line_items=(LineItem(description=item, amount=amount),),
    )


def _field(line: Line) -> Field:
    words = tuple(word.text for word in line.words)
    evidence: dict[str, Any] = {"page": 1, "box": line.words[0].box, "words": words}
    return Field(value=" ".join(words), confidence=0.99, evidence=Evidence(**evidence))
