import json
import unicodedata
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.documents.decode import pages
from ocr_pipeline.documents.model import PDF_TEXT_LAYER, Line, Verdict
from ocr_pipeline.pipeline import process
from ocr_pipeline.recognition.pdf_text_layer import text_layer
from ocr_pipeline.samples.generate import compose
from ocr_pipeline.settings import Settings

DIGITAL, SCANNED, LONG = 2, 4, 6
DPI = 150


def made(*texts: tuple[float, float, str], rotation: int = 0, **options: object) -> bytes:
    """A page of 400 by 300 points with each text at its place."""
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=300)
        for x, y, text in texts:
            page.insert_text((x, y), text, fontsize=12, **options)
        page.set_rotation(rotation)
        return bytes(document.tobytes())


def lines_of(data: bytes) -> tuple[Line, ...]:
    (page,) = text_layer(data, DPI)
    assert page is not None
    return page.lines


def assert_boxes_hold_the_ink(data: bytes) -> None:
    for page, read in zip(pages(data, "application/pdf", DPI), text_layer(data, DPI), strict=True):
        assert read
        grey = page.pixels.min(axis=2)
        outside = grey.copy()
        height, width = grey.shape
        assert (read.number, read.width, read.height) == (page.number, width, height)
        for word in (word for line in read.lines for word in line.words):
            x0, y0, x1, y1 = (round(value) for value in word.box)
            assert 0 <= x0 < x1 <= width
            assert 0 <= y0 < y1 <= height
            assert grey[y0:y1, x0:x1].min() < 128, word.text
            outside[max(y0 - 2, 0) : y1 + 3, max(x0 - 2, 0) : x1 + 3] = 255
        assert (outside < 100).mean() < 0.004, "no ink but rules is left outside of the boxes"


@pytest.mark.parametrize("index", [DIGITAL, LONG])
@pytest.mark.parametrize("seed", [0, 1])
def test_boxes_lie_on_the_ink_of_the_rendered_page(seed: int, index: int) -> None:
    assert_boxes_hold_the_ink(compose(Path(), seed, index)[1])


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_page_rotation_is_honoured(rotation: int) -> None:
    assert_boxes_hold_the_ink(made((60, 80, "Invoice 4711"), (60, 120, "Total 12.50"), rotation=rotation))


def test_a_crop_box_is_honoured() -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=300)
        page.insert_text((150, 150), "Inside")
        page.insert_text((10, 20), "Outside")
        page.set_cropbox(pymupdf.Rect(100, 80, 380, 280))
        page.set_rotation(90)
        data = bytes(document.tobytes())
    assert [line.text for line in lines_of(data)] == ["Inside"]
    assert_boxes_hold_the_ink(data)


def test_the_lines_are_those_that_were_printed() -> None:
    for index in (DIGITAL, LONG):
        sample, data = compose(Path(), 3, index)
        read = [line.text for page in text_layer(data, DPI) if page for line in page.lines]
        assert sorted(read) == sorted(sample.text_lines)


def test_columns_part_and_neighbours_join() -> None:
    lines = lines_of(made((200, 60, "right"), (20, 60.5, "left"), (40, 60, "beside"), (20, 90, "below")))
    assert [line.text for line in lines] == ["left beside", "right", "below"]
    assert [line.confidence for line in lines] == pytest.approx([1.0] * 3)


def test_text_on_its_side_is_a_line_of_its_own() -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=300)
        page.insert_text((100, 60), "level words")
        page.insert_text((30, 200), "climbing words", rotate=90)
        data = bytes(document.tobytes())
    assert {line.text for line in lines_of(data)} == {"level words", "climbing words"}
    assert_boxes_hold_the_ink(data)


def test_what_a_form_was_filled_with_is_read() -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=300)
        page.insert_text((50, 60), "Amount")
        field = pymupdf.Widget()
        field.field_name, field.field_type, field.field_value = "amount", pymupdf.mupdf.PDF_WIDGET_TYPE_TEXT, "12.50"
        field.rect = pymupdf.Rect(50, 100, 200, 120)
        page.add_widget(field)
        data = bytes(document.tobytes())
    assert [line.text for line in lines_of(data)] == ["Amount", "12.50"]


def picture_page(area: tuple[float, float, float, float], **text_options: object) -> bytes:
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=300)
        grey = pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 40, 30))
        grey.clear_with(200)
        page.insert_image(pymupdf.Rect(*area), pixmap=grey, keep_proportion=False)
        for row in range(8):
            page.insert_text((20, 30 + 30 * row), "some words of a page that was read", **text_options)
        return bytes(document.tobytes())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(made(), id="no words"),
        pytest.param(made((20, 50, "hidden words"), render_mode=3), id="hidden"),
        pytest.param(picture_page((0, 0, 400, 300)), id="on a full picture"),
        pytest.param(picture_page((5, 5, 395, 295), render_mode=3), id="OCR layer of a scan"),
        pytest.param(compose(Path(), 0, SCANNED)[1], id="scan"),
    ],
)
def test_a_page_without_trustworthy_text_has_none(data: bytes) -> None:
    assert list(text_layer(data, DPI)) == [None]


def test_a_logo_does_no_harm() -> None:
    assert len(lines_of(picture_page((300, 200, 400, 300)))) == 8


def test_glyphs_without_a_meaning_are_not_trusted() -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=300)
        writer = pymupdf.TextWriter(page.rect)
        writer.append((20, 60), "readable", font=pymupdf.Font("helv"))
        writer.write_text(page)
        for xref in range(1, document.xref_length()):
            if b"begincmap" in (document.xref_stream(xref) or b""):
                document.update_stream(xref, b"")
        data = bytes(document.tobytes())
    assert list(text_layer(data, DPI)) == [None]


def oddly_mapped(*rows: str) -> bytes:
    """A page whose font says that ``#`` is A and NUL, ``$`` half of a character, and ``&`` an ampersand and U+0001."""
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=300)
        for number, row in enumerate(rows):
            page.insert_text((20, 30 + 20 * number), row, fontsize=12)
        (font,) = page.get_fonts()
        cmap = document.get_new_xref()
        document.update_object(cmap, "<<>>")
        content = (
            b"1 begincodespacerange <00> <ff> endcodespacerange "
            b"2 beginbfrange <20> <22> <0020> <27> <7d> <0027> endbfrange "
            b"3 beginbfchar <23> <00410000> <24> <D83D> <26> <00260001> endbfchar"
        )
        document.update_stream(cmap, content)
        document.xref_set_key(font[0], "ToUnicode", f"{cmap} 0 R")
        return bytes(document.tobytes())


def test_halves_of_characters_are_glyphs_without_a_meaning() -> None:
    assert list(text_layer(oddly_mapped("Total $$$ 12.50"), DPI)) == [None]


def test_a_few_characters_that_cannot_be_stored_do_no_harm() -> None:
    data = oddly_mapped(
        "ACM#Limited", "Invoice $4711", "Date: 2020-01-02", "Pens & pencils of all sorts", "Total: 12.50 EUR"
    )
    processed = process(data, "odd.pdf", Settings())
    assert processed.text is not None
    assert [page.source for page in processed.text.pages] == [PDF_TEXT_LAYER]
    assert processed.text.lines[:2] == ["ACMA\ufffdLimited", "Invoice \ufffd4711"]
    assert isinstance(processed.result, Verdict)
    assert processed.result.record.fields["total"].value == "12.50"
    for output in (processed.text, processed.result):
        stored = json.dumps(json.loads(output.model_dump_json()), ensure_ascii=False).encode().decode()
        assert {unicodedata.category(character) for character in stored}.isdisjoint({"Cc", "Cs"})


words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=8)


@given(
    placed=st.lists(st.tuples(st.integers(15, 300), st.integers(20, 290), words), min_size=1, max_size=8),
    rotation=st.sampled_from([0, 90, 180, 270]),
)
@settings(max_examples=40, deadline=None)
def test_lines_run_downwards_and_words_to_the_right(placed: list[tuple[int, int, str]], rotation: int) -> None:
    for page in text_layer(made(*placed, rotation=rotation), DPI):
        if page is None:
            continue
        for line in page.lines:
            starts = [word.box.x0 for word in line.words]
            if rotation == 0:
                assert starts == sorted(starts)
            assert all(word.box.width >= 0 and word.box.height > 0 and word.text.strip() for word in line.words)
        if rotation == 0:
            bottoms = np.array([line.words[0].box.y1 for line in page.lines])
            assert (np.diff(bottoms) > -0.5 * 12 * DPI / 72).all()


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    list(text_layer(made((20, 50, "Hello")).replace(b"startxref\n", b"startxref\n9"), DPI))
    assert capfd.readouterr() == ("", "")
