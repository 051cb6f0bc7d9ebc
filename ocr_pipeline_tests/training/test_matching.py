import numpy as np

from training.matching import match


def _match(found: list[list[float]], labelled: list[list[float]]) -> list[tuple[int, list[int]]]:
    return list(match(np.array(found, np.float64).reshape(-1, 4), np.array(labelled, np.float64).reshape(-1, 4)))


def test_a_found_line_has_the_text_of_the_labelled_lines_inside_from_left_to_right() -> None:
    assert _match([[8, 8, 205, 32]], [[120, 10, 200, 30], [10, 10, 90, 30], [10, 60, 90, 80]]) == [(0, [1, 0])]


def test_a_found_line_that_cuts_a_labelled_one_in_two_has_no_known_text() -> None:
    assert not _match([[8, 8, 90, 32]], [[10, 10, 200, 30]])


def test_a_found_line_that_reaches_over_unlabelled_ink_has_no_known_text() -> None:
    assert not _match([[8, 8, 300, 32]], [[10, 10, 90, 30]])


def test_two_labelled_lines_one_under_the_other_are_not_one_line() -> None:
    assert not _match([[8, 8, 92, 62]], [[10, 10, 90, 30], [10, 40, 90, 60]])


def test_a_labelled_line_is_used_once() -> None:
    assert _match([[8, 8, 92, 32], [9, 9, 91, 31]], [[10, 10, 90, 30]]) == [(0, [0])]


def test_nothing_found_or_nothing_labelled() -> None:
    assert not _match([], [[10, 10, 90, 30]])
    assert not _match([[8, 8, 92, 32]], [])
