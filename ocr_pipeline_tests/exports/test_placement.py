import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Box, Word
from ocr_pipeline.exports.placement import Placed, counterclockwise

sizes = st.floats(5, 500)


@given(width=sizes, height=sizes, skew=st.floats(-15, 15), quarter=st.sampled_from([0, 90, 180, -90]))
def test_a_words_own_rectangle_is_found_again(width: float, height: float, skew: float, quarter: float) -> None:
    assume(height / 4 <= width <= 20 * height)
    angle = skew + quarter
    cos, sin = abs(math.cos(math.radians(angle))), abs(math.sin(math.radians(angle)))
    across, down = (width * cos + height * sin) / 2, (width * sin + height * cos) / 2
    word = Word(text="word", box=Box(1000 - across, 1000 - down, 1000 + across, 1000 + down), confidence=1)
    placed = Placed.of(word, angle)
    assert (placed.x, placed.y) == pytest.approx((1000, 1000))
    assert (placed.width, placed.height) == pytest.approx((width, height), rel=1e-3, abs=1)


@given(
    x=st.floats(0, 100), y=st.floats(0, 100), width=st.floats(0, 900), height=st.floats(0, 900),
    angle=st.floats(-180, 180),
)  # fmt: skip
def test_no_box_and_angle_make_a_word_without_extent(
    x: float, y: float, width: float, height: float, angle: float
) -> None:
    placed = Placed.of(Word(text="word", box=Box(x, y, x + width, y + height), confidence=1), angle)
    assert placed.width >= 1
    assert placed.height >= 1


@pytest.mark.parametrize(("angle", "expected"), [(0, 0), (90, 270), (180, 180), (-90, 90), (2, 358), (0.0001, 0)])
def test_other_programs_count_angles_against_the_clock(angle: float, expected: float) -> None:
    assert counterclockwise(angle) == expected
