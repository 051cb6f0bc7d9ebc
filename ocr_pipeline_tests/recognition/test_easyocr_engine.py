import warnings
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr_pipeline.documents import decode, sniff
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.recognition.engine import RecognitionEngine, load_engine
from ocr_pipeline.samples.generate import compose
from ocr_pipeline_tests.drawing import drawn

Found = list[tuple[list[list[float]], str, float]]
"""What EasyOCR answers: corners, text and confidence of every line."""


@pytest.fixture(scope="module")
def engine() -> RecognitionEngine:
    return load_engine("easyocr")


def stock_found(pages: list[Pixels]) -> list[Found]:
    """What EasyOCR finds as its users have it, but with the recognizer that its authors trained.

    As it comes it rounds the recognizer's recurrent layers to 8 bits on a CPU, by a scale taken from whatever it is
    reading at the moment: of the lines below, one in twenty then has another letter or space, for the worse or better.
    """
    import easyocr

    models = str(files("easyocr_en_models") / "models")
    with warnings.catch_warnings(action="ignore"):
        reader = easyocr.Reader(
            ["en"], gpu=False, model_storage_directory=models, download_enabled=False, verbose=False, quantize=False
        )
        return [reader.readtext(page) for page in pages]


def sample_pages() -> list[Pixels]:
    """A photo and a scan, small ones, with different sides."""
    media_types = {".jpg": sniff.JPEG, ".png": sniff.PNG, ".pdf": sniff.PDF}
    pages = []
    for index in (0, 3):
        sample, data = compose(Path("samples"), seed=0, index=index)
        page = next(iter(decode.pages(data, media_types[sample.path.suffix], dpi=100)))
        scale = 640 / max(page.pixels.shape)
        small = cv2.resize(page.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        pages.append(np.asarray(small, np.uint8))
    return pages


def test_text_is_read_with_a_box_on_every_word(engine: RecognitionEngine) -> None:
    page = drawn(360, 170, (20, 20, "Invoice 4711"), (20, 100, "Total 12.50"))
    lines = engine.read(page.pixels)
    assert sorted(line.text for line in lines) == ["Invoice 4711", "Total 12.50"]
    # It gives boxes of lines only; where a word begins is an estimate by the number of characters.
    page.assert_boxes_cover_the_ink([word for line in lines for word in line.words], tolerance=22)


def test_a_blank_page_has_no_lines(engine: RecognitionEngine) -> None:
    assert engine.read(np.full((100, 100, 3), 255, np.uint8)) == []


def test_compiled_networks_read_as_easyocrs_own(engine: RecognitionEngine) -> None:
    pages = sample_pages()
    for pixels, stock in zip(pages, stock_found(pages), strict=True):
        lines = engine.read(pixels)
        assert len(lines) > 10
        assert [line.text for line in lines] == [" ".join(text.split()) for _, text, _ in stock]
        assert [line.confidence for line in lines] == pytest.approx([confidence for *_, confidence in stock], abs=0.001)
        corners = np.array([corners for corners, *_ in stock], float)
        left, top, bottom = corners[:, :, 0].min(axis=1), corners[:, :, 1].min(axis=1), corners[:, :, 1].max(axis=1)
        # Not the right: our lines end with their last word, though EasyOCR had spaces after it.
        assert np.array([(line.box.x0, line.box.y0, line.box.y1) for line in lines]) == pytest.approx(
            np.stack([left, top, bottom], axis=1), abs=1
        )


def test_several_threads_may_read_at_once(engine: RecognitionEngine) -> None:
    pages = [drawn(300, 90, (20, 20, f"Number {number}00")).pixels for number in range(1, 7)]
    with ThreadPoolExecutor(3) as pool:
        texts = [[line.text for line in lines] for lines in pool.map(engine.read, pages)]
    assert texts == [[f"Number {number}00"] for number in range(1, 7)]
