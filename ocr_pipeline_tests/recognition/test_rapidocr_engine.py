import numpy as np
import pymupdf
import pytest

from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.recognition.engine import RecognitionEngine, load_engine
from ocr_pipeline_tests.drawing import drawn


@pytest.fixture(scope="module")
def engine() -> RecognitionEngine:
    return load_engine("rapidocr", 0)


def wide(text: str) -> Pixels:
    """`text` in a font that has the wide punctuation of Chinese and Japanese."""
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=100)
        writer = pymupdf.TextWriter(page.rect)
        writer.append((30, 60), text, font=pymupdf.Font("cjk"), fontsize=24)
        writer.write_text(page)
        picture = page.get_pixmap(dpi=144)
        return np.frombuffer(picture.samples, np.uint8).reshape(picture.height, picture.width, 3)


def test_text_is_read_with_a_box_on_every_word(engine: RecognitionEngine) -> None:
    page = drawn(700, 300, (40, 40, "Invoice 4711"), (40, 140, "Total: 12.50 EUR"), (450, 40, "Coffee"))
    lines = engine.read(page.pixels)
    assert sorted(line.text for line in lines) == ["Coffee", "Invoice 4711", "Total: 12.50 EUR"]
    words = [word for line in lines for word in line.words]
    page.assert_boxes_cover_the_ink(words, tolerance=16)
    assert all(0.8 < word.confidence <= 1 for word in words)


def test_wide_punctuation_becomes_plain_and_parts_words(engine: RecognitionEngine) -> None:
    (line,) = engine.read(wide("ID\N{FULLWIDTH COLON}000349"))
    assert [word.text for word in line.words] == ["ID:", "000349"]
    identifier, number = line.words
    assert identifier.box.x1 <= number.box.x0 + 10
    assert number.box.width > identifier.box.width


def test_a_blank_page_has_no_lines(engine: RecognitionEngine) -> None:
    assert engine.read(np.full((300, 400, 3), 255, np.uint8)) == []
