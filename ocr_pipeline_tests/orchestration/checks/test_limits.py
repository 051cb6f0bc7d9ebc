import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.orchestration.checks.limits import is_beyond


@pytest.mark.parametrize(
    ("bad", "of", "most", "expected"),
    [
        (1, 1, 0.2, False),
        (2, 2, 0.2, False),
        (3, 3, 0.2, True),
        (8, 20, 0.2, False),
        (9, 20, 0.2, True),
        (54, 200, 0.2, False),
        (55, 200, 0.2, True),
        (1, 1, 0.002, False),
        (1, 500, 0.002, False),
        (2, 20, 0.002, True),
        (3, 200, 0.002, True),
        (1, 1000, 0.0, True),
        (0, 1000, 0.0, False),
        (0, 0, 0.2, False),
        (1000, 1000, 1.0, False),
    ],
)
def test_what_may_be_chance_is_not_beyond_the_limit(bad: int, of: int, most: float, expected: bool) -> None:
    assert is_beyond(bad, of, most) is expected


@given(st.integers(1, 300), st.floats(0, 1), st.data())
def test_more_of_what_is_bad_is_never_better(of: int, most: float, data: st.DataObject) -> None:
    fewer, more = sorted([data.draw(st.floats(0, of)), data.draw(st.floats(0, of))])

    assert is_beyond(more, of, most) or not is_beyond(fewer, of, most)


@given(st.integers(0, 5000), st.floats(0, 1))
def test_what_is_allowed_is_never_beyond_the_limit(of: int, most: float) -> None:
    assert not is_beyond(int(most * of), of, most)
