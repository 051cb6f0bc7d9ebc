import pytest

from ocr_pipeline.documents.page_image import PageImage
from ocr_pipeline.imaging.normalize import normalize
from ocr_pipeline.recognition.engine import load_engine
from ocr_pipeline.recognition.stage import recognize
from ocr_pipeline_tests.drawing import drawn

ROWS = ("Invoice 4711", "Coffee 4.50", "Kitchen chair 89.99", "Delivery free", "Subtotal 94.49", "Amount 112.44")


@pytest.mark.parametrize("angle", [0.0, 5.0])
def test_boxes_lie_on_the_page_as_it_came(angle: float) -> None:
    """The page is shrunk to a half, made level where it is not, and read; its boxes know nothing of that."""
    texts = [(400, 700 + 260 * number, text) for number, text in enumerate(ROWS)]
    drawn_page = drawn(2400, 3200, *texts, size=110, angle=angle)
    page = recognize(normalize(PageImage(3, drawn_page.pixels)), load_engine("rapidocr", 0))
    assert (page.number, page.width, page.height, page.source) == (3, 2400, 3200, "rapidocr")
    assert [line.text for line in page.lines] == list(ROWS)
    words = [word for line in page.lines for word in line.words]
    # An upright box around a slanted one is larger by the slant.
    drawn_page.assert_boxes_cover_the_ink(words, tolerance=40 if angle == 0 else 70)
