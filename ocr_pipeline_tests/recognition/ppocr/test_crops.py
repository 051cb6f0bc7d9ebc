import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Box
from ocr_pipeline.recognition.ppocr.crops import LINE_HEIGHT, cut_out

PAGE = np.full((400, 600, 3), 255, np.uint8)
PAGE[100:140, 50:250] = (10, 120, 200)


def quad(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def test_a_line_is_cut_out_in_the_height_that_is_read() -> None:
    crop = cut_out(PAGE, quad(50, 100, 250, 140))
    assert crop.pixels.shape == (LINE_HEIGHT, 240, 3)
    assert np.abs(crop.pixels[4:-4, 4:-4].astype(int) - (10, 120, 200)).max() == 0


def test_a_line_that_runs_down_the_page_is_laid_level() -> None:
    page = np.ascontiguousarray(np.rot90(PAGE, -1))  # a quarter turn clockwise: top left becomes top right
    crop = cut_out(page, quad(260, 50, 300, 250))
    assert crop.pixels.shape == (LINE_HEIGHT, 240, 3)
    assert crop.box(0.0, 0.0, 0.5, 1.0) == Box(260, 50, 300, 150)


@pytest.mark.parametrize("height", [20, 48, 120, 390])
def test_high_lines_keep_thin_strokes(height: int) -> None:
    page = np.full((400, 600, 3), 255, np.uint8)
    page[:, ::4] = 0  # a quarter of the paper is ink, whatever the scale
    crop = cut_out(page, quad(0, 0, 600, height))
    assert crop.pixels.mean() == pytest.approx(0.75 * 255, abs=25)


@given(
    x0=st.floats(0, 500), y0=st.floats(0, 300), width=st.floats(1, 100), height=st.floats(1, 90),
    share=st.floats(0.1, 1.0),
)  # fmt: skip
def test_parts_of_a_crop_lie_inside_it(x0: float, y0: float, width: float, height: float, share: float) -> None:
    crop = cut_out(PAGE, quad(x0, y0, x0 + width, y0 + height))
    whole, part = crop.box(0, 0, 1, 1), crop.box(0, 0, share, 1)
    assert whole == pytest.approx((x0, y0, x0 + width, y0 + height), abs=0.01)
    assert part.x0 >= whole.x0 - 0.01
    assert part.y0 >= whole.y0 - 0.01
    assert part.x1 <= whole.x1 + 0.01
    assert part.y1 <= whole.y1 + 0.01
    assert part.width * part.height == pytest.approx(share * width * height, rel=0.01)
