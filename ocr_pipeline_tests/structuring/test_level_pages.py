import math

import pytest

from ocr_pipeline.documents.model import Box, DocumentText, Line, Page, Record
from ocr_pipeline.kinds.form import FORM
from ocr_pipeline.structuring.cpu_engine import CpuEngine
from ocr_pipeline_tests.structuring.typed import RECEIPT, typed


def turned(document: DocumentText, angle: float) -> DocumentText:
    """The document as it would be read from pages turned clockwise by `angle` degrees on a large enough sheet."""
    return DocumentText(pages=tuple(_turned_page(page, angle) for page in document.pages))


def _turned_page(page: Page, angle: float) -> Page:
    lines = tuple(
        Line(words=tuple(word.model_copy(update={"box": _turned_box(word.box, angle)}) for word in line.words))
        for line in page.lines
    )
    return page.model_copy(update={"lines": lines, "width": 3000, "height": 3000, "angle": angle})


def _turned_box(box: Box, angle: float) -> Box:
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    corners = [(x - 500, y - 700) for x in (box.x0, box.x1) for y in (box.y0, box.y1)]
    across = [1500 + cos * x - sin * y for x, y in corners]
    down = [1500 + sin * x + cos * y for x, y in corners]
    return Box(min(across), min(down), max(across), max(down))


def values(record: Record) -> dict[str, str]:
    return {name: field.value for name, field in record.fields.items()}


@pytest.mark.parametrize("angle", [90.0, 180.0, -90.0, 4.0, -15.0, 95.0])
def test_a_turned_receipt_has_the_same_record_with_evidence_on_the_turned_page(angle: float) -> None:
    upright = typed(RECEIPT)
    lying = turned(upright, angle)
    expected, found = (CpuEngine().structure(document, FORM) for document in (upright, lying))
    assert values(found) == values(expected)
    assert [item.description.value for item in found.line_items] == [
        item.description.value for item in expected.line_items
    ]
    words = {(word.text, word.box) for word in lying.words}
    total = found.fields["total"].evidence
    assert total.box is not None
    (word,) = total.words
    assert any(text == word and _close(box, total.box) for text, box in words)
    assert expected.fields["total"].evidence.box != total.box


def _close(box: Box, other: Box) -> bool:
    return all(abs(a - b) < 1 for a, b in zip(box, other, strict=True))
