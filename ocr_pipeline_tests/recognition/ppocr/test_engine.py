from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ocr_pipeline.documents.model import Line
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.recognition.line_reader import LineReading
from ocr_pipeline.recognition.ppocr import engine as engine_module
from ocr_pipeline.recognition.ppocr.engine import PpOcrEngine
from ocr_pipeline.recognition.runtime import Runtime
from ocr_pipeline_tests.drawing import drawn

TEXTS = ((40, 40, "Invoice 4711"), (40, 140, "Total: 12.50 EUR"), (450, 40, "Coffee"), (40, 220, "ID: 0003"))
PAGE = drawn(700, 300, *TEXTS)


class Parrot:
    """A second reader that has always the same to say."""

    name = "parrot"

    def __init__(self, text: str) -> None:
        self.text = text
        self.asked: list[Pixels] = []

    def read_lines(self, crops: Sequence[Pixels]) -> list[LineReading]:
        self.asked += crops
        return [LineReading(self.text, 0.9) for _ in crops]


@pytest.fixture(scope="module")
def engine() -> PpOcrEngine:
    return PpOcrEngine("openvino")


def texts(lines: list[Line]) -> list[str]:
    return sorted(line.text for line in lines)


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_text_is_read_with_a_box_on_every_word(runtime: Runtime) -> None:
    lines = PpOcrEngine(runtime).read(PAGE.pixels)
    assert texts(lines) == ["Coffee", "ID: 0003", "Invoice 4711", "Total: 12.50 EUR"]
    PAGE.assert_boxes_cover_the_ink([word for line in lines for word in line.words], tolerance=6)
    assert all(0.8 < word.confidence <= 1 for line in lines for word in line.words)
    assert not any(line.handwritten for line in lines)


def test_a_blank_page_has_no_lines(engine: PpOcrEngine) -> None:
    assert engine.read(np.full((300, 400, 3), 255, np.uint8)) == []


def test_a_page_is_read_alike_alone_and_among_many(engine: PpOcrEngine) -> None:
    pages = [drawn(700, 300, (40, y, "Coffee beans"), (40, y + 80, f"{y} EUR")).pixels for y in range(20, 140, 10)]
    alone = [engine.read(page) for page in pages]
    with ThreadPoolExecutor(4) as threads:
        assert [texts(lines) for lines in threads.map(engine.read, pages)] == [texts(lines) for lines in alone]


def test_what_the_engine_is_sure_of_is_not_read_again() -> None:
    second = Parrot("nonsense")
    assert texts(PpOcrEngine("openvino", second=second).read(PAGE.pixels)) == sorted(text for _, _, text in TEXTS)
    assert second.asked == []


def test_a_second_reader_tells_how_sure_doubtful_words_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "DOUBTFUL", 1.1)  # everything is
    page = drawn(700, 200, (40, 40, "Coffee")).pixels
    ((agreed,),) = [line.words for line in PpOcrEngine("openvino", second=Parrot("COFFEE")).read(page)]
    ((differed,),) = [line.words for line in PpOcrEngine("openvino", second=Parrot("Toffee")).read(page)]
    assert agreed.text == differed.text == "Coffee"
    assert differed.confidence < agreed.confidence


def test_handwriting_goes_to_its_own_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faked is only that the lines look handwritten: that is for the measured sets to say."""
    monkeypatch.setattr("ocr_pipeline.recognition.ppocr.judgement.Judgement.is_handwritten", lambda *_: True)
    page = drawn(700, 200, (40, 40, "Coffee beans")).pixels
    assert [(line.text, line.handwritten) for line in PpOcrEngine("openvino").read(page)] == [("Coffee beans", True)]
    reader = Parrot("dear Sir")
    (line,) = PpOcrEngine("openvino", handwriting=reader).read(page)
    assert (line.text, line.handwritten) == ("dear Sir", True)
    assert reader.asked[0].shape[0] == 64
    first, second = line.words
    assert first.confidence == 0.9
    assert first.box.x1 < second.box.x0


def test_a_line_that_the_handwriting_reader_cannot_read_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr_pipeline.recognition.ppocr.judgement.Judgement.is_handwritten", lambda *_: True)
    page = drawn(700, 200, (40, 40, "Coffee beans")).pixels
    assert texts(PpOcrEngine("openvino", handwriting=Parrot("")).read(page)) == ["Coffee beans"]
