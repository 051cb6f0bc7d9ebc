from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.recognition.line_reader import LineReader, LineReading, load_easyocr_line_reader
from ocr_pipeline_tests.drawing import drawn

TEXTS = ["Invoice 4711", "Total 12.50", "Coffee", "Tea 2.80", "Sugar", "Milk 1.20", "Cash", "Change 7.50", "Thank you"]


@pytest.fixture(scope="module")
def reader() -> LineReader:
    return load_easyocr_line_reader("openvino")


def crop(text: str) -> Pixels:
    return drawn(20 * len(text) + 20, 50, (8, 4, text), size=34).pixels


def test_lines_are_read_in_their_order(reader: LineReader) -> None:
    readings = reader.read_lines([crop(text) for text in TEXTS])
    assert [reading.text for reading in readings] == TEXTS
    assert all(0.5 < reading.confidence <= 1 for reading in readings)


def test_lines_read_together_and_alone_are_the_same(reader: LineReader) -> None:
    faint = cv2.convertScaleAbs(crop("Faint 3.40"), alpha=0.1, beta=200)
    crops = [*(crop(text) for text in TEXTS), np.asarray(faint, np.uint8), *(crop(f"No. {n}") for n in range(12))]
    together = reader.read_lines(crops)
    alone = [reader.read_lines([crop])[0] for crop in crops]
    assert [reading.text for reading in together] == [reading.text for reading in alone]
    assert [r.confidence for r in together] == pytest.approx([r.confidence for r in alone], abs=0.001)


def test_an_empty_line_has_no_text(reader: LineReader) -> None:
    assert reader.read_lines([np.full((40, 200, 3), 255, np.uint8)]) == [LineReading("", 0.0)]
    assert reader.read_lines([]) == []


def test_crops_of_any_shape_are_read(reader: LineReader) -> None:
    for height, width in ((1, 1), (1, 40), (80, 4), (20, 800)):
        (reading,) = reader.read_lines([np.full((height, width, 3), 128, np.uint8)])
        assert 0 <= reading.confidence <= 1


def test_several_threads_may_read_at_once(reader: LineReader) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda text: reader.read_lines([crop(text)])[0].text, TEXTS)
        assert list(found) == TEXTS


def test_the_reader_is_loaded_once(reader: LineReader) -> None:
    assert reader.name == "easyocr"
    assert load_easyocr_line_reader("openvino") is reader
