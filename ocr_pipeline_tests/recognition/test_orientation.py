import numpy as np
import pytest

from ocr_pipeline.documents.model import Box, Line, Word
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.recognition.orientation import read_upright, turned, unturn

PAGE = np.zeros((300, 200, 3), np.uint8)


class Engine:
    """Knows by a dot in one corner how a page lies, and reads it with the confidence given for that."""

    name = "knowing"

    def __init__(self, upright: float, overhead: float, text: str = "Dear Sir or Madam", *, sideways: float = 0.0):
        self.confidence = {0: upright, 1: sideways or upright, 2: overhead, 3: sideways or overhead}
        self.text = text
        self.reads = 0

    def read(self, pixels: Pixels) -> list[Line]:
        self.reads += 1
        corners = pixels[0, 0], pixels[0, -1], pixels[-1, -1], pixels[-1, 0]
        (turns,) = (number for number, corner in enumerate(corners) if corner.any())
        box = Box(20, 20, 180, 40) if turns % 2 == 0 else Box(20, 20, 40, 180)
        return [Line(words=(Word(text=self.text, box=box, confidence=self.confidence[turns]),))] if self.text else []


def lying(turns: int) -> Pixels:
    """A page turned clockwise by so many quarters."""
    page = PAGE.copy()
    page[0, 0] = 255
    return turned(page, turns)


@pytest.mark.parametrize("turns", range(4))
def test_a_page_is_read_upright_however_it_lies(turns: int) -> None:
    engine = Engine(upright=0.98, overhead=0.5)
    reading = read_upright(lying(turns), engine)
    assert reading.turns == -turns % 4
    assert reading.confidence == 0.98
    assert engine.reads == (1 if turns == 0 else 2)


def test_an_engine_that_cannot_read_tall_boxes_finds_the_way_too() -> None:
    for turns in (1, 3):
        assert read_upright(lying(turns), Engine(0.98, 0.5, sideways=0.5)).turns == -turns % 4


def test_a_bad_hand_is_left_upright() -> None:
    assert read_upright(lying(0), Engine(upright=0.5, overhead=0.55)).turns == 0


def test_a_bad_hand_upside_down_is_turned() -> None:
    assert read_upright(lying(2), Engine(upright=0.7, overhead=0.45)).turns == 2


@pytest.mark.parametrize("text", ["", "7"])
def test_a_page_with_next_to_nothing_on_it_is_read_once(text: str) -> None:
    engine = Engine(0.98, 0.98, text)
    assert read_upright(lying(1), engine).turns == 0
    assert engine.reads == 1


def test_a_few_words_up_the_margin_turn_no_page() -> None:
    class Stamped(Engine):
        def read(self, pixels: Pixels) -> list[Line]:
            stamp = Line(words=(Word(text="RECEIVED", box=Box(5, 20, 15, 280), confidence=0.9),))
            return [*super().read(pixels), stamp]

    engine = Stamped(0.98, 0.6)
    assert read_upright(lying(0), engine).turns == 0
    assert engine.reads == 1


@pytest.mark.parametrize("turns", range(4))
def test_what_is_turned_back_lies_where_it_lay(turns: int) -> None:
    page = PAGE.copy()
    page[40:50, 120:150] = 255
    y, x = np.nonzero(turned(page, turns)[:, :, 0])
    corners = [[x.min(), y.min(), 1], [x.max() + 1, y.max() + 1, 1]]
    back = np.array(corners) @ unturn(turns, width=200, height=300).T
    assert back[:, :2].min(axis=0).tolist() == [120, 40]
    assert back[:, :2].max(axis=0).tolist() == [150, 50]
