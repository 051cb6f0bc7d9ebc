import cv2
import numpy as np
import pytest

from ocr_pipeline.documents.model import Box
from ocr_pipeline.documents.page_image import PageImage, Pixels
from ocr_pipeline.imaging.normalize import normalize
from ocr_pipeline.imaging.thumbnail import thumbnail
from ocr_pipeline_tests.drawing import drawn, letter


def seen(data: bytes) -> Pixels:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def bounds(mask: np.ndarray) -> Box:
    y, x = np.nonzero(mask)
    return Box(float(x.min()), float(y.min()), float(x.max() + 1), float(y.max() + 1))


def green(pixels: Pixels) -> np.ndarray:
    blue, green, red = (pixels[:, :, channel].astype(int) for channel in range(3))
    return np.asarray(green - np.maximum(red, blue) > 40)


def test_it_is_as_small_as_asked_for() -> None:
    page = normalize(PageImage(1, letter(800, 1000)))
    data = thumbnail(page, [], 250)
    assert data.startswith(b"\xff\xd8\xff")
    assert seen(data).shape == (250, 200, 3)
    assert not green(seen(data)).any()


@pytest.mark.parametrize("angle", [0.0, 6.0])
@pytest.mark.parametrize("size", [(800, 1000), (2000, 2500)])
def test_boxes_are_drawn_where_they_belong_on_the_page_as_it_came(size: tuple[int, int], angle: float) -> None:
    width, height = size
    page = drawn(width, height, (width // 3, height // 2, "Invoice"), size=width // 10, angle=angle)
    box = page.ink["Invoice"]
    pixels = np.minimum(page.pixels, letter(width, height, angle) // 4 + 192)  # faint lines around, which are level
    small = seen(thumbnail(normalize(PageImage(1, pixels)), [box], 500))
    scale = 500 / height
    assert np.allclose(bounds(green(small)), np.array(box) * scale, atol=2)
    assert np.allclose(bounds(small.max(axis=2) < 90), np.array(box) * scale, atol=3), "the ink is where the box is"


def test_a_box_is_a_frame_and_hides_nothing() -> None:
    page = normalize(PageImage(1, letter(800, 1000)))
    framed = green(seen(thumbnail(page, [Box(200, 300, 600, 700)], 500)))
    assert framed[150, 110:290].all()
    assert framed[160:340, 100].all()
    assert not framed[156:344, 106:294].any()
