import string

import lxml.html
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ocr_pipeline.documents.model import DocumentText
from ocr_pipeline.exports.markdown import markdown
from ocr_pipeline_tests.exports.pages import document, line, page, unicode_words


def rendered(text: DocumentText) -> lxml.html.HtmlElement:
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown(text))
    return lxml.html.fromstring(f"<html><body>{html}</body></html>")


tricky_words = st.text(st.sampled_from(string.punctuation + "1a"), min_size=1, max_size=6)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(tricky_words | unicode_words, min_size=1, max_size=3), min_size=1, max_size=8), st.data())
def test_it_renders_as_the_text_whatever_the_words(rows: list[list[str]], data: st.DataObject) -> None:
    """Lines of all sorts of places: paragraphs, tables, headings."""
    lines = [
        line(
            " ".join(words),
            data.draw(st.sampled_from([0, 10, 500])),
            30 * data.draw(st.integers(0, 12)),
            data.draw(st.sampled_from([20, 20, 20, 40, 60])),
        )
        for words in rows
    ]
    shown = rendered(document(*lines)).text_content().split()
    # Cells of a table come row by row, as the lines do.
    assert shown == [word for row in rows for word in row]


def test_a_table_is_a_table() -> None:
    html = rendered(
        document(
            line("Description", 100, 100), line("Amount", 600, 100),
            line("Copy paper", 100, 130), line("12.42", 610, 130),
            line("500 sheets", 110, 155),
            line("Desk organiser", 100, 180), line("16.82", 610, 180),
        )
    )  # fmt: skip
    assert [cell.text for cell in html.iter("th")] == ["Description", "Amount"]
    rows = [[cell.text for cell in row.iter("td")] for row in html.iter("tr")]
    assert rows[1:] == [["Copy paper", "12.42"], ["500 sheets", None], ["Desk organiser", "16.82"]]


def test_a_table_without_a_head_gets_an_empty_one() -> None:
    html = rendered(
        document(line("Tea", 100, 100), line("2.80", 600, 100), line("Toast", 100, 130), line("6.40", 600, 130))
    )
    assert [cell.text for cell in html.iter("th")] == [None, None]
    assert [cell.text for cell in html.iter("td")] == ["Tea", "2.80", "Toast", "6.40"]


def test_only_much_larger_lines_are_headings() -> None:
    body = [line(f"Some words of line {'abcdefgh'[number]}", 100, 400 + 24 * number) for number in range(8)]
    title = line("Annual report", 100, 100, height=60)
    part = line("What came of it", 100, 200, height=34)
    bold = line("In a word", 100, 300, height=26)
    html = rendered(document(title, part, bold, *body))
    assert [heading.text for heading in html.iter("h1")] == ["Annual report"]
    assert [heading.text for heading in html.iter("h2")] == ["What came of it"]
    assert html.find(".//p").text == "In a word"


def test_large_handwriting_and_large_amounts_are_no_headings() -> None:
    body = [line(f"Some words of line {'abcdefgh'[number]}", 100, 400 + 24 * number) for number in range(8)]
    scrawl = line("paid in cash", 100, 100, height=60, handwritten=True)
    html = rendered(document(scrawl, line("12.50", 100, 250, height=60), *body))
    assert list(html.iter("h1", "h2")) == []


def test_a_line_that_ends_early_keeps_its_end() -> None:
    lines = ["The goods came late and wet and", "the box that held them was torn.", "Yours", "Ada"]
    html = rendered(document(*(line(text, 100, 100 + 24 * row) for row, text in enumerate(lines))))
    assert len(list(html.iter("br"))) == 1, "between Yours and Ada alone"


def test_pages_are_parted_by_a_rule() -> None:
    html = rendered(DocumentText(pages=(page(line("one", 0, 0)), page(line("two", 0, 0), number=2))))
    assert [element.tag for element in html.find("body")] == ["p", "hr", "p"]
