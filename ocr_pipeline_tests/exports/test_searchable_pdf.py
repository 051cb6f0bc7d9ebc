"""The searchable PDF, looked at with pdfminer where its text is concerned."""

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pymupdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdfminer.converter import PDFPageAggregator
from pdfminer.high_level import extract_text
from pdfminer.layout import LTChar, LTPage
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from PIL import Image

from ocr_pipeline.documents import sniff
from ocr_pipeline.documents.model import PDF_TEXT_LAYER, Box, DocumentText, Line, Page, Word
from ocr_pipeline.exports.searchable_pdf import searchable_pdf
from ocr_pipeline.samples import files
from ocr_pipeline_tests.drawing import Drawn, drawn
from ocr_pipeline_tests.exports.pages import document, line, read, unicode_words

DPI = 100
RECEIPT = drawn(600, 600, (60, 200, "Flat white"), (400, 200, "3.80"), (60, 320, "TOTAL"), (400, 320, "9.10"))
LINES = ("Flat white", "3.80", "TOTAL", "9.10")
WORDS = " ".join(LINES).split()
WHITE = files.jpeg(np.full((20, 20, 3), 255, np.uint8), 80, DPI)


def pdfminer_words(data: bytes) -> list[list[tuple[str, Box]]]:
    """Of every page, runs of characters between spaces in the order of the file, with boxes in points."""
    manager = PDFResourceManager()
    device = PDFPageAggregator(manager, laparams=None)
    interpreter = PDFPageInterpreter(manager, device)
    pages = []
    for page in PDFPage.get_pages(BytesIO(data)):
        interpreter.process_page(page)
        pages.append(list(_words(device.get_result())))
    return pages


def _words(page: LTPage) -> Iterator[tuple[str, Box]]:
    run: list[LTChar] = []
    for char in page:
        if not isinstance(char, LTChar):
            continue
        if char.get_text() != " ":
            run.append(char)
        elif run:
            boxes = [Box(c.x0, page.height - c.y1, c.x1, page.height - c.y0) for c in run]
            yield "".join(c.get_text() for c in run), Box.around(boxes)
            run = []
    assert not run, "each word is followed by a space"


def scan(page: Drawn, dpi: int = DPI) -> bytes:
    return files.jpeg(page.pixels, 90, dpi)


def scanned_pdf(page: Drawn) -> pymupdf.Document:
    """One page with the picture and nothing else."""
    pdf = pymupdf.open()
    height, width = (side * 72 / DPI for side in page.pixels.shape[:2])
    sheet = pdf.new_page(width=width, height=height)
    sheet.insert_image(sheet.rect, stream=scan(page))
    return pdf


def look(data: bytes, page: int = 0) -> bytes:
    with pymupdf.open(stream=data) as pdf:
        return bytes(pdf[page].get_pixmap(dpi=DPI).samples)


def text_of(*pages: Page) -> DocumentText:
    return DocumentText(pages=pages)


@pytest.mark.parametrize("angle", [0, 3, -12, 90, 97, 180, -90])
def test_words_lie_where_they_are_seen(angle: float) -> None:
    page = drawn(
        600, 600, (60, 200, "Flat white"), (400, 200, "3.80"), (60, 320, "TOTAL"), (400, 320, "9.10"), angle=angle
    )
    result = searchable_pdf(text_of(read(page, *LINES, angle=angle)), scan(page), sniff.JPEG, 200)
    (found,) = pdfminer_words(result)
    assert [text for text, _ in found] == WORDS
    for text, box in found:
        seen = [side * 72 / DPI for side in page.ink[text]]
        assert np.abs(np.subtract(box, seen)).max() < 2.5, (text, box, seen)


def test_pages_with_different_resolutions_across_and_down() -> None:
    """As faxes have."""
    with pymupdf.open(stream=searchable_pdf(text_of(read(RECEIPT, *LINES)), fax(), sniff.TIFF, 200)) as pdf:
        for x0, y0, x1, y1, text, *_ in pdf[0].get_text("words"):
            seen = np.multiply(RECEIPT.ink[text], [72 / 204, 72 / 98] * 2)
            assert np.abs(np.subtract((x0, y0, x1, y1), seen)).max() < 1


def fax() -> bytes:
    buffer = BytesIO()
    Image.fromarray(RECEIPT.pixels).convert("1").save(buffer, "TIFF", compression="group4", dpi=(204, 98))
    return buffer.getvalue()


def test_copying_gives_the_words_in_order_with_spaces() -> None:
    page = drawn(900, 400, (40, 40, "Dear Sir or Madam"), (40, 140, "the goods came late"), (40, 240, "and wet"))
    text = text_of(read(page, "Dear Sir or Madam", "the goods came late", "and wet"))
    copied = extract_text(BytesIO(searchable_pdf(text, scan(page), sniff.JPEG, 200)))
    assert [line.strip() for line in copied.strip().splitlines() if line.strip()] == text.lines


def test_chromes_reader_sees_single_characters_and_words_that_touch() -> None:
    touching = Line(
        words=(
            Word(text="LS1", box=Box(100, 100, 160, 120), confidence=1),
            Word(text="4", box=Box(160, 100, 170, 120), confidence=1),
            Word(text="AP", box=Box(168, 100, 200, 120), confidence=1),
        )
    )
    data = searchable_pdf(document(touching, line("1 x 6.38", 100, 140)), WHITE, sniff.JPEG, 200)
    read = pypdfium2.PdfDocument(data)[0].get_textpage().get_text_range()
    assert read.split() == ["LS1", "4", "AP", "1", "x", "6.38"]


def test_it_looks_as_before() -> None:
    with scanned_pdf(RECEIPT) as pdf:
        original = pdf.tobytes()
    result = searchable_pdf(text_of(read(RECEIPT, *LINES)), original, sniff.PDF, 200)
    assert look(result) == look(original)
    assert result != original


@pytest.mark.parametrize(("rotation", "unit"), [(0, 1), (0, 2), (90, 1), (180, 1), (270, 1)])
def test_turned_cropped_and_scaled_pages(rotation: int, unit: int) -> None:
    """Boxes are pixels of the page as it is shown."""
    with scanned_pdf(RECEIPT) as pdf:
        pdf[0].set_cropbox(pymupdf.Rect(20, 50, 420, 400))
        pdf[0].set_rotation(rotation)
        pdf.xref_set_key(pdf[0].xref, "UserUnit", str(unit))
        # Content that leaves its coordinates changed.
        pdf.update_stream(pdf[0].get_contents()[0], pdf[0].read_contents() + b"\n0.5 0 0 0.5 7 7 cm\n")
        original = pdf.tobytes()
    with pymupdf.open(stream=original) as pdf:
        shown = pdf[0].rect
        width, height = round(shown.width * DPI / 72), round(shown.height * DPI / 72)
    word = Word(text="here", box=Box(100, 200, 180, 230), confidence=1)
    page = Page(number=1, width=width, height=height, source="test", lines=(Line(words=(word,)),))
    result = searchable_pdf(text_of(page), original, sniff.PDF, 200)
    assert look(result) == look(original)
    with pymupdf.open(stream=result) as pdf:
        [(*box, text, _, _, _)] = pdf[0].get_text("words")
        box = [side * DPI / 72 for side in pymupdf.Rect(box) * pdf[0].rotation_matrix]
    assert text == "here"
    assert np.abs(np.subtract(box, word.box)).max() < 1.5


def hidden(pdf: pymupdf.Document) -> None:
    pdf[0].insert_text((50, 160), "F1at wh1te", render_mode=3)


def under_the_scan(pdf: pymupdf.Document) -> None:
    pdf[0].insert_text((50, 160), "F1at wh1te", overlay=False)


def white_on_white(pdf: pymupdf.Document) -> None:
    pdf[0].insert_text((50, 30), "F1at wh1te", color=(1, 1, 1))


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize("spoil", [hidden, under_the_scan, white_on_white])
def test_a_text_layer_that_was_not_trusted_goes(spoil: object, rotation: int) -> None:
    assert callable(spoil)
    with scanned_pdf(RECEIPT) as pdf:
        spoil(pdf)
        pdf[0].insert_link({"kind": pymupdf.LINK_URI, "from": pymupdf.Rect(40, 140, 90, 170), "uri": "https://a.test/"})
        pdf[0].set_rotation(rotation)
        original = pdf.tobytes()
    result = searchable_pdf(text_of(read(RECEIPT, *LINES)), original, sniff.PDF, 200)
    assert look(result) == look(original)
    assert [text for text, _ in pdfminer_words(result)[0]] == WORDS
    with pymupdf.open(stream=result) as pdf:
        assert [item["uri"] for item in pdf[0].get_links()] == ["https://a.test/"]


def test_a_visible_stamp_stays_and_is_not_doubled() -> None:
    with scanned_pdf(RECEIPT) as pdf:
        hidden(pdf)
        pdf[0].insert_text((50, 40), "Received")
        (stamp,) = (word for word in pdf[0].get_text("words") if word[4] == "Received")
        original = pdf.tobytes()
    page = read(RECEIPT, *LINES)
    word = Word(text="Received", box=Box(*(side * DPI / 72 for side in stamp[:4])), confidence=1)
    page = page.model_copy(update={"lines": (Line(words=(word,)), *page.lines)})
    result = searchable_pdf(text_of(page), original, sniff.PDF, 200)
    assert look(result) == look(original)
    assert sorted(extract_text(BytesIO(result)).split()) == sorted(["Received", *WORDS])


def test_pages_whose_own_text_was_read_stay_untouched() -> None:
    with scanned_pdf(RECEIPT) as pdf:
        pdf.new_page().insert_text((50, 50), "printed")
        printed = pdf[1].read_contents()
        original = pdf.tobytes()
    own = Page(number=2, width=10, height=10, source=PDF_TEXT_LAYER, lines=(line("printed", 0, 0),))
    result = searchable_pdf(text_of(read(RECEIPT, *LINES), own), original, sniff.PDF, 200)
    with pymupdf.open(stream=result) as pdf:
        assert pdf[1].read_contents() == printed
        assert [page.get_text().split() for page in pdf] == [WORDS, ["printed"]]
    assert searchable_pdf(text_of(own), original, sniff.PDF, 200) == original


def test_pages_that_share_their_resources_get_each_their_own_text() -> None:
    """Resources may stand in the page, be an object of their own, or come from the tree above."""
    with scanned_pdf(RECEIPT) as pdf:
        pdf.fullcopy_page(0)
        pdf.fullcopy_page(0)
        kind, resources = pdf.xref_get_key(pdf[0].xref, "Resources")
        shared = resources if kind == "dict" else pdf.xref_object(int(resources.split()[0]))
        parent = int(pdf.xref_get_key(pdf[1].xref, "Parent")[1].split()[0])
        pdf.xref_set_key(parent, "Resources", shared)
        pdf.xref_set_key(pdf[1].xref, "Resources", "null")
        pdf.xref_set_key(pdf[2].xref, "Resources", shared)
        original = pdf.tobytes()
    text = text_of(*(read(RECEIPT, LINES[number], number=number + 1) for number in range(3)))
    result = searchable_pdf(text, original, sniff.PDF, 200)
    assert [[word for word, _ in page] for page in pdfminer_words(result)] == [["Flat", "white"], ["3.80"], ["TOTAL"]]
    assert all(look(result, number) == look(original) for number in range(3))


def test_the_text_costs_kilobytes_not_megabytes() -> None:
    lines = [line(f"Ünïcödé 漢字 text {chr(0x4E00 + row)}", 100, 20 * row) for row in range(60)]
    assert len(searchable_pdf(document(*lines), WHITE, sniff.JPEG, 200)) < 20_000


def test_the_same_document_makes_the_same_bytes() -> None:
    first, again = (searchable_pdf(text_of(read(RECEIPT, *LINES)), scan(RECEIPT), sniff.JPEG, 200) for _ in range(2))
    assert first == again


@settings(deadline=None, max_examples=50)
@given(st.lists(unicode_words, min_size=1, max_size=6))
def test_any_text_survives(words: list[str]) -> None:
    (found,) = pdfminer_words(searchable_pdf(document(line(" ".join(words), 10, 10)), WHITE, sniff.JPEG, 200))
    assert [text for text, _ in found] == words
