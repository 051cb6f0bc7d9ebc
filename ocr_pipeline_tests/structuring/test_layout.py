from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.documents.model import DocumentText
from ocr_pipeline.structuring.layout import rows_of
from ocr_pipeline_tests.structuring.typed import typed


def test_rows_hold_what_stands_side_by_side_and_cells_what_stands_apart() -> None:
    rows = rows_of(typed("Pen and ink      2    3.00\nTotal                 3.00"))
    assert [[cell.text for cell in row.cells] for row in rows] == [["Pen and ink", "2", "3.00"], ["Total", "3.00"]]
    assert [row.index for row in rows] == [0, 1]


def test_a_price_stays_in_the_row_of_its_article_on_a_page_that_lies_askew() -> None:
    text = "The first line of some text              1.00\nThe second line of some text             2.00\n" * 2
    assert len(rows_of(typed(text, slope=0.04))) == 4


def test_rows_are_counted_through_all_pages() -> None:
    rows = rows_of(typed("One", "Two\nThree"))
    assert [(row.index, row.page) for row in rows] == [(0, 1), (1, 2), (2, 2)]


def test_a_document_without_text_has_no_rows() -> None:
    assert rows_of(DocumentText(pages=())) == []


@given(st.lists(st.text("abcäß", min_size=1, max_size=6), min_size=1, max_size=6), st.data())
def test_the_part_of_a_run_holds_exactly_the_words_touched(words: list[str], data: st.DataObject) -> None:
    run = rows_of(typed(" ".join(words)))[0].run
    number = data.draw(st.integers(0, len(words) - 1))
    start = len(" ".join(words[:number])) + (number > 0)
    assert [word.text for word in run.part(start, start + len(words[number])).words] == [words[number]]


def test_poorly_recognized_words_lower_the_confidence_of_a_field() -> None:
    clear, blurred = (rows_of(typed("Total 3.00", confidence=value))[0].run for value in (1.0, 0.5))
    assert blurred.field("3.00", 0.9).confidence == clear.field("3.00", 0.9).confidence / 2
