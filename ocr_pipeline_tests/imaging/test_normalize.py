import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.documents.page_image import NormalizedPage, PageImage, Pixels
from ocr_pipeline.imaging.normalize import LONGEST_SIDE, normalize
from ocr_pipeline_tests.drawing import drawn, letter

RED = (0, 0, 255)
Points = npt.NDArray[np.float64]


def to_original(points: Points, page: NormalizedPage) -> Points:
    return np.asarray(np.column_stack([points, np.ones(len(points))]) @ np.array(page.info.to_original).T)


def to_normalized(points: Points, page: NormalizedPage) -> Points:
    back = cv2.invertAffineTransform(np.array(page.info.to_original))
    return np.asarray(np.column_stack([points, np.ones(len(points))]) @ back.T)


def turned(points: Points, pixels: Pixels, angle: float) -> Points:
    """Where points of a page are after it was turned clockwise about its middle."""
    middle = (pixels.shape[1] / 2, pixels.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(middle, -angle, 1.0)
    return np.asarray(np.column_stack([points, np.ones(len(points))]) @ turn.T)


def with_dots(pixels: Pixels, points: Points) -> Pixels:
    dotted = pixels.copy()
    for x, y in points:
        cv2.circle(dotted, (round(x), round(y)), 12, RED, -1)
    return dotted


def dots(pixels: Pixels) -> Points:
    """Middles of the red dots, from left to right."""
    blue, green, red = (pixels[:, :, channel].astype(int) for channel in range(3))
    mask = ((red > 150) & (blue < 100) & (green < 100)).astype(np.uint8)
    _, _, sizes, middles = cv2.connectedComponentsWithStats(mask)
    found = middles[1:][sizes[1:, cv2.CC_STAT_AREA] > 20]
    return np.asarray(found[np.argsort(found[:, 0])])


@settings(max_examples=25, deadline=None)
@given(
    width=st.integers(200, 2500),
    height=st.integers(200, 2500),
    angle=st.floats(-19, 19),
    places=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=8),
)
def test_there_and_back_again_is_the_same_point(
    width: int, height: int, angle: float, places: list[tuple[float, float]]
) -> None:
    page = normalize(PageImage(1, letter(width, height, angle)))
    points = np.array(places) * (width, height)
    there = to_normalized(points, page)
    assert np.allclose(to_original(there, page), points, atol=0.01)
    new_height, new_width = page.pixels.shape[:2]
    assert (there > -1).all()
    assert (there < (new_width + 1, new_height + 1)).all()


@pytest.mark.parametrize("angle", [-15.0, -3.3, -0.7, 0.0, 0.7, 3.3, 15.0])
@pytest.mark.parametrize("size", [(800, 1000), (2400, 3000)])
def test_lines_become_level(size: tuple[int, int], angle: float) -> None:
    pixels = letter(*size, angle)
    width, height = size
    level = np.array([[width * 0.2, height / 2], [width * 0.8, height / 2]])
    page = normalize(PageImage(1, with_dots(pixels, turned(level, pixels, angle))))
    (x0, y0), (x1, y1) = dots(page.pixels)
    assert abs(np.degrees(np.arctan2(y1 - y0, x1 - x0))) < 0.3


@pytest.mark.parametrize("angle", [0.0, -5.0, 9.0])
@pytest.mark.parametrize("size", [(700, 900), (2400, 3000), (3000, 2000)])
def test_what_is_seen_in_the_normalized_page_is_found_in_the_original(size: tuple[int, int], angle: float) -> None:
    width, height = size
    points = np.array([[0.1, 0.8], [0.3, 0.2], [0.5, 0.5], [0.8, 0.9], [0.9, 0.1]]) * (width, height)
    page = normalize(PageImage(1, with_dots(letter(width, height, angle), points)))
    found = to_original(dots(page.pixels), page)
    assert np.allclose(found[np.argsort(found[:, 0])], points, atol=2)


def test_large_pages_shrink_and_small_ones_stay_as_they_are() -> None:
    large = normalize(PageImage(3, letter(2400, 3000)))
    assert large.pixels.shape == (LONGEST_SIDE, 1280, 3)
    assert (large.number, large.info.original_width, large.info.original_height) == (3, 2400, 3000)
    small = letter(700, 900)
    assert np.array_equal(normalize(PageImage(1, small)).pixels, small)


def test_only_skew_is_turned() -> None:
    for pixels in (
        letter(angle=35),
        letter(angle=0.2),
        drawn(800, 1000, (90, 90, "Few words"), angle=5).pixels,
        np.full((900, 700, 3), 255, "u1"),
    ):
        assert np.array_equal(normalize(PageImage(1, pixels)).pixels, pixels)


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_a_page_on_its_side_stays_so_and_its_lines_become_upright(quarter: int) -> None:
    width, height = 800, 1000
    pixels = letter(width, height, 5.0)
    level = turned(np.array([[width * 0.2, height / 2], [width * 0.8, height / 2]]), pixels, 5.0)
    page = normalize(PageImage(1, np.ascontiguousarray(np.rot90(with_dots(pixels, level), -quarter))))
    (x0, y0), (x1, y1) = dots(page.pixels)
    off = np.degrees(np.arctan2(y1 - y0, x1 - x0)) % 90
    assert min(off, 90 - off) < 0.3


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 5000, 3), (5000, 2, 3)])
def test_slivers_are_pages_too(shape: tuple[int, int, int]) -> None:
    page = normalize(PageImage(1, np.full(shape, 255, np.uint8)))
    assert max(page.pixels.shape) == min(max(shape), LONGEST_SIDE)
