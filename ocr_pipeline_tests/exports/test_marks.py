from ocr_pipeline.documents.model import Box, Evidence, Field, LineItem, Record
from ocr_pipeline.exports.marks import Mark, field_marks, line_marks, word_marks
from ocr_pipeline_tests.exports.pages import line, page


def field(box: Box | None, on: int | None = 1, confidence: float = 0.9) -> Field:
    return Field(value="1.00", confidence=confidence, evidence=Evidence(page=on, box=box, words=("1.00",)))


def test_words_and_lines_are_marked_with_their_confidence() -> None:
    text = page(line("Total 12.50", 100, 200))
    assert [mark.box for mark in line_marks(text)] == [Box(100, 200, 210, 220)]
    assert [mark.box for mark in word_marks(text)] == [Box(100, 200, 150, 220), Box(160, 200, 210, 220)]
    assert {round(mark.confidence, 6) for mark in line_marks(text) + word_marks(text)} == {0.9}
    assert {mark.label for mark in line_marks(text) + word_marks(text)} == {""}


def test_fields_bear_names_and_line_items_numbers() -> None:
    here, there, amount = Box(1, 2, 3, 4), Box(5, 6, 7, 8), Box(9, 6, 11, 8)
    record = Record(
        engine="test",
        kind="receipt",
        fields={"total": field(here, confidence=0.4), "tax": field(there, on=2), "currency": field(None, on=None)},
        line_items=(LineItem(description=field(there), amount=field(amount)), LineItem(description=field(here, on=2))),
    )
    assert field_marks(record, 1) == [Mark(here, 0.4, "total"), Mark(there, 0.9, "1"), Mark(amount, 0.9, "")]
    assert field_marks(record, 2) == [Mark(there, 0.9, "tax"), Mark(here, 0.9, "2")]
    assert field_marks(record, 3) == []
