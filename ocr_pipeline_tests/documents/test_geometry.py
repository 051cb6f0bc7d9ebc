import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.documents.geometry import from_level, level
from ocr_pipeline.documents.model import Box, Line, Page, Word

WIDTH, HEIGHT = 1700, 2200


def page(angle: float, *boxes: Box) -> Page:
    lines = tuple(Line(words=(Word(text="word", box=box, confidence=1),)) for box in boxes)
    return Page(number=1, width=WIDTH, height=HEIGHT, source="test", lines=lines, angle=angle)


def upright_box_around(x: float, y: float, width: float, height: float, angle: float) -> Box:
    """Around a word of that size whose middle is at (x, y) and that is turned clockwise by `angle` degrees."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    corners = [
        (x + cos * u - sin * v, y + sin * u + cos * v)
        for u, v in (
            (-width / 2, -height / 2),
            (width / 2, -height / 2),
            (width / 2, height / 2),
            (-width / 2, height / 2),
        )
    ]
    across, down = zip(*corners, strict=True)
    return Box(min(across), min(down), max(across), max(down))


QUARTERS = st.sampled_from([0.0, 90.0, 180.0, -90.0])
SKEWS = st.floats(-20, 20)
WORDS = st.tuples(st.floats(400, 1300), st.floats(400, 1800), st.floats(20, 600), st.floats(8, 60))


@settings(deadline=None)
@given(WORDS, QUARTERS, SKEWS)
def test_a_word_is_as_large_on_the_level_page_as_it_was_written(
    word: tuple[float, float, float, float], quarter: float, skew: float
) -> None:
    turned = page(quarter + skew, upright_box_around(*word, quarter + skew))
    (line,) = level(turned).lines
    assert line.box.width == pytest.approx(word[2], abs=0.5)
    assert line.box.height == pytest.approx(word[3], abs=0.5)


@settings(deadline=None)
@given(WORDS, QUARTERS, SKEWS)
def test_there_and_back_again_is_the_same_box(
    word: tuple[float, float, float, float], quarter: float, skew: float
) -> None:
    box = upright_box_around(*word, quarter + skew)
    turned = page(quarter + skew, box)
    assert np.allclose(from_level(level(turned).lines[0].box, turned), box, atol=0.3)


@settings(deadline=None)
@given(QUARTERS, SKEWS, st.lists(WORDS, min_size=1, max_size=4))
def test_everything_lies_on_the_level_page(
    quarter: float, skew: float, words: list[tuple[float, float, float, float]]
) -> None:
    level_page = level(page(quarter + skew, *(upright_box_around(*word, quarter + skew) for word in words)))
    assert level_page.angle == 0
    for line in level_page.lines:
        assert -1 < line.box.x0 < line.box.x1 < level_page.width + 1
        assert -1 < line.box.y0 < line.box.y1 < level_page.height + 1


def test_words_of_one_line_stand_in_one_row_and_in_their_order() -> None:
    """Written down the page: its top is at the right."""
    sideways = page(90, Box(800, 100, 840, 300), Box(800, 320, 840, 500))
    first, second = (line.box for line in level(sideways).lines)
    assert (level(sideways).width, level(sideways).height) == (HEIGHT, WIDTH)
    assert first == Box(100, 860, 300, 900)
    assert second == Box(320, 860, 500, 900)


def test_a_level_page_stays_as_it_is() -> None:
    upright = page(0, Box(1.25, 2, 3, 4))
    assert level(upright) is upright
    assert from_level(Box(1.25, 2, 3, 4), upright) == Box(1.25, 2, 3, 4)


@settings(deadline=None)
@given(
    st.floats(-180, 180),
    st.tuples(st.floats(0, WIDTH), st.floats(0, HEIGHT), st.floats(0, WIDTH), st.floats(0, HEIGHT)),
)
def test_boxes_cut_at_the_edge_and_any_angle_give_boxes_all_the_same(
    angle: float, places: tuple[float, float, float, float]
) -> None:
    x0, y0, x1, y1 = places
    cut = page(angle, Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    box = level(cut).lines[0].box
    assert box.x0 <= box.x1
    assert box.y0 <= box.y1
    back = from_level(box, cut)
    assert 0 <= back.x0 <= back.x1 <= WIDTH
    assert 0 <= back.y0 <= back.y1 <= HEIGHT
