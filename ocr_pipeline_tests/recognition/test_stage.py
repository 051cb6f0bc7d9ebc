import pytest

from ocr_pipeline.documents.geometry import level
from ocr_pipeline.documents.model import Box
from ocr_pipeline.documents.page_image import PageImage
from ocr_pipeline.imaging.normalize import normalize
from ocr_pipeline.recognition.engine import load_engine
from ocr_pipeline.recognition.orientation import turned
from ocr_pipeline.recognition.stage import recognize
from ocr_pipeline_tests.drawing import Drawn, drawn

ROWS = ("Invoice 4711", "Coffee 4.50", "Kitchen chair 89.99", "Delivery free", "Subtotal 94.49", "Amount 112.44")


@pytest.mark.parametrize("angle", [0.0, 5.0])
def test_boxes_lie_on_the_page_as_it_came(angle: float) -> None:
    """The page is shrunk to a half, made level where it is not, and read; its boxes know nothing of that."""
    texts = [(400, 700 + 260 * number, text) for number, text in enumerate(ROWS)]
    drawn_page = drawn(2400, 3200, *texts, size=110, angle=angle)
    page = recognize(normalize(PageImage(3, drawn_page.pixels)), load_engine("ppocr"))
    assert (page.number, page.width, page.height, page.source) == (3, 2400, 3200, "ppocr")
    assert [line.text for line in page.lines] == list(ROWS)
    words = [word for line in page.lines for word in line.words]
    assert page.angle == pytest.approx(angle, abs=0.3)
    # An upright box around a slanted one is larger by the slant.
    drawn_page.assert_boxes_cover_the_ink(words, tolerance=40 if angle == 0 else 70)


@pytest.mark.parametrize(("turns", "angle"), [(1, 90.0), (2, 180.0), (3, -90.0)])
def test_a_page_that_lies_turned_is_read_and_its_boxes_stay_on_it(turns: int, angle: float) -> None:
    width, height = 900, 1200
    texts = [(100, 150 + 100 * number, text) for number, text in enumerate(ROWS)]
    upright = drawn(width, height, *texts)
    lying = Drawn(turned(upright.pixels, turns), {word: _turned_box(box, turns) for word, box in upright.ink.items()})
    page = recognize(normalize(PageImage(1, lying.pixels)), load_engine("ppocr"))
    assert page.angle == pytest.approx(angle, abs=0.3)
    assert [line.text for line in page.lines] == list(ROWS)
    lying.assert_boxes_cover_the_ink([word for line in page.lines for word in line.words], tolerance=15)
    shown = level(page)
    for line, (x, y, _) in zip(shown.lines, texts, strict=True):
        assert abs(line.box.x0 - x) < 20
        assert y - 20 < line.box.y0 < line.box.y1 < y + 70


def _turned_box(box: Box, turns: int, width: int = 900, height: int = 1200) -> Box:
    for _ in range(turns):
        box = Box(height - box.y1, box.x0, height - box.y0, box.x1)
        width, height = height, width
    return box
