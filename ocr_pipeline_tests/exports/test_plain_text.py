import pytest

from ocr_pipeline.documents.model import DocumentText
from ocr_pipeline.exports.plain_text import plain_text
from ocr_pipeline_tests.exports.pages import document, line, page, turned

LETTER = (
    line("Dear Sir or Madam,", 100, 100),
    line("the goods came late", 100, 124),
    line("and wet.", 100, 148),
    line("Yours faithfully", 100, 220),
)
AS_TEXT = "Dear Sir or Madam,\nthe goods came late\nand wet.\n\nYours faithfully\n"


def test_paragraphs_are_parted_by_an_empty_line() -> None:
    assert plain_text(document(*LETTER)) == AS_TEXT


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_page_on_its_side_reads_like_the_upright_one(angle: int) -> None:
    lines = [turned(line, angle) for line in LETTER]
    assert plain_text(document(*lines, angle=angle)) == AS_TEXT


def test_what_stands_side_by_side_is_one_row() -> None:
    rows = document(
        line("Flat white", 100, 100), line("3.80", 600, 102), line("TOTAL", 100, 130), line("3.80", 600, 130)
    )
    assert plain_text(rows) == "Flat white\t3.80\nTOTAL\t3.80\n"


def test_columns_of_a_page_follow_one_another() -> None:
    columns = document(*LETTER[:3], line("As to the price", 600, 100), line("we are agreed.", 600, 124))
    assert plain_text(columns) == (
        "Dear Sir or Madam,\nthe goods came late\nand wet.\n\nAs to the price\nwe are agreed.\n"
    )


def test_pages_are_parted_by_a_form_feed() -> None:
    text = DocumentText(pages=(page(line("one", 0, 0)), page(number=2), page(line("three", 0, 0), number=3)))
    assert plain_text(text) == "one\n\f\n\fthree\n"
