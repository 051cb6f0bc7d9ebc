import numpy as np
import pytest

from ocr_pipeline.recognition.engine import RecognitionEngine, load_engine
from ocr_pipeline_tests.drawing import drawn


@pytest.fixture(scope="module")
def engine() -> RecognitionEngine:
    return load_engine("easyocr", 0)


def test_text_is_read_with_a_box_on_every_word(engine: RecognitionEngine) -> None:
    page = drawn(360, 170, (20, 20, "Invoice 4711"), (20, 100, "Total 12.50"))
    lines = engine.read(page.pixels)
    assert sorted(line.text for line in lines) == ["Invoice 4711", "Total 12.50"]
    # It gives boxes of lines only; where a word begins is an estimate by the number of characters.
    page.assert_boxes_cover_the_ink([word for line in lines for word in line.words], tolerance=22)


def test_a_blank_page_has_no_lines(engine: RecognitionEngine) -> None:
    assert engine.read(np.full((100, 100, 3), 255, np.uint8)) == []
