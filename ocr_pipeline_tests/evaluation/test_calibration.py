import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.evaluation.calibration import expected_calibration_error, judge, reliability


def test_each_true_word_makes_one_word_right() -> None:
    read = [("Total", 0.9), ("TOTAL", 0.8), ("total", 0.7), ("4.50", 0.6)]
    assert judge(read, ["TOTAL 4,50", "Total"]) == [(0.9, True), (0.8, True), (0.7, False), (0.6, False)]


def test_confidences_that_hold_have_no_error() -> None:
    bins = reliability([(0.75, True)] * 3 + [(0.75, False)] + [(1.0, True)] * 6)
    assert [(found.confidence, found.right, found.words) for found in bins] == [(0.75, 0.75, 4), (1.0, 1.0, 6)]
    assert expected_calibration_error(bins) == 0


def test_boasting_is_an_error_as_large_as_the_boast() -> None:
    assert expected_calibration_error(reliability([(0.95, True), (0.95, False)])) == pytest.approx(0.45)


def test_without_words_there_is_nothing_to_say() -> None:
    assert expected_calibration_error(reliability([])) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_the_error_is_a_share_and_no_word_is_left_out(judged: list[tuple[float, bool]]) -> None:
    bins = reliability(judged)
    assert sum(found.words for found in bins) == len(judged)
    assert 0 <= (expected_calibration_error(bins) or 0) <= 1
