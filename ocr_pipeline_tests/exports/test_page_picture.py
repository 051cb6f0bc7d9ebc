import cv2
import numpy as np
import pytest

from ocr_pipeline.documents.decode import UnreadableDocument
from ocr_pipeline.documents.model import Box, Line, Page
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.documents.sniff import PNG, TIFF
from ocr_pipeline.exports.marks import Mark
from ocr_pipeline.exports.page_picture import page_picture
from ocr_pipeline_tests.exports.pages import line

WIDTH, HEIGHT = 800, 600


def page(*lines: Line, number: int = 1, width: int = WIDTH, height: int = HEIGHT) -> Page:
    return Page(number=number, width=width, height=height, source="test", lines=lines)


def blank(shade: int = 255) -> Pixels:
    return np.full((HEIGHT, WIDTH, 3), shade, np.uint8)


def picture(text: Page, *marks: Mark, width: int | None = None) -> np.ndarray:
    return seen(page_picture(cv2.imencode(".png", blank())[1].tobytes(), PNG, text, dpi=200, marks=marks, width=width))


def seen(data: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), int)


def drawn_box(pixels: np.ndarray) -> Box:
    y, x = np.nonzero(pixels.min(axis=2) < 250)
    return Box(float(x.min()), float(y.min()), float(x.max() + 1), float(y.max() + 1))


@pytest.mark.parametrize(("confidence", "strongest"), [(1.0, 1), (0.8, 1), (0.79, 2), (0.5, 2), (0.49, 2), (0.0, 2)])
def test_color_tells_the_confidence(confidence: float, strongest: int) -> None:
    color = picture(page(), Mark(Box(100, 100, 200, 150), confidence))[99, 150]
    assert color.argmax() == strongest
    assert (color[1] > 100) == (confidence >= 0.5)


def test_label_stands_above_its_box() -> None:
    alone = drawn_box(picture(page(), Mark(Box(100, 300, 300, 330), 0.9)))
    labelled = drawn_box(picture(page(), Mark(Box(100, 300, 300, 330), 0.9, "total")))
    assert alone == Box(99, 299, 302, 332)
    assert labelled.y0 < 295
    assert (labelled.x0, labelled.x1, labelled.y1) == (alone.x0, alone.x1, alone.y1)


def test_label_hides_no_other_value() -> None:
    boxes = [Box(100, 300 + 24 * row, 300, 320 + 24 * row) for row in range(6)]
    pixels = picture(page(), *(Mark(box, 0.9, f"field_{row}") for row, box in enumerate(boxes)))
    for x0, y0, x1, y1 in (map(round, box) for box in boxes):
        assert (pixels[y0 + 1 : y1 - 1, x0 + 1 : x1 - 1] == 255).all()


def test_label_hides_no_word_where_it_can_be_helped() -> None:
    above = line("Subtotal", 100, 280)
    pixels = picture(page(above), Mark(Box(100, 302, 300, 330), 0.9, "total"))
    assert (pixels[280:299, 100:180] == 255).all()
    assert drawn_box(pixels).x0 < 90


def test_label_without_a_place_is_left_out() -> None:
    whole = Box(5, 5, WIDTH - 5, HEIGHT - 5)
    assert (picture(page(), Mark(whole, 0.9, "total")) == picture(page(), Mark(whole, 0.9))).all()


@pytest.mark.parametrize("box", [Box(-50, -50, 20, 20), Box(790, 590, 900, 700), Box(5, 5, 5, 5)])
def test_box_at_the_edge_is_cut(box: Box) -> None:
    assert picture(page(), Mark(box, 0.9, "vendor_name")).shape == (HEIGHT, WIDTH, 3)


def test_boxes_shrink_with_the_picture() -> None:
    pixels = picture(page(), Mark(Box(100, 200, 300, 400), 0.9), width=WIDTH // 4)
    assert drawn_box(pixels) == Box(24, 49, 77, 102)


def test_page_of_a_file_with_many_is_the_right_one() -> None:
    shades = [50, 100, 150]
    _, data = cv2.imencodemulti(".tiff", [blank(shade) for shade in shades])
    for number, shade in enumerate(shades, start=1):
        assert (seen(page_picture(data.tobytes(), TIFF, page(number=number), dpi=200)) == shade).all()
    with pytest.raises(UnreadableDocument):
        page_picture(data.tobytes(), TIFF, page(number=4), dpi=200)
