import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.validation.patterns.date_order import DateOrder
from ocr_pipeline.validation.patterns.lesson import Lesson
from ocr_pipeline.validation.patterns.vendor_patterns import VendorPatterns

DAY, MONTH = DateOrder


def orders(day_first: int, month_first: int, silent: int = 0) -> VendorPatterns:
    taught = [DAY] * day_first + [MONTH] * month_first + [None] * silent
    return VendorPatterns.of("name:0AK", [Lesson(keys=("name:0AK",), date_order=order) for order in taught])


def names(*spellings: str) -> VendorPatterns:
    return VendorPatterns.of("name:0AK", [Lesson(keys=("name:0AK",), vendor_name=name) for name in spellings])


@pytest.mark.parametrize(
    ("day_first", "month_first", "habit"),
    [(0, 0, None), (2, 0, None), (3, 0, DAY), (0, 3, MONTH), (3, 1, None), (4, 1, DAY), (7, 2, None), (1, 9, MONTH)],
)
def test_a_habit_takes_three_documents_and_four_of_five(
    day_first: int, month_first: int, habit: DateOrder | None
) -> None:
    found = orders(day_first, month_first, silent=20).date_order
    assert (found.value if found else None) == habit


def test_documents_that_do_not_tell_are_counted_but_do_not_vote() -> None:
    patterns = orders(3, 0, silent=5)
    assert (patterns.documents, patterns.date_orders) == (8, {DAY: 3})


@given(st.integers(3, 40), st.integers(0, 10))
def test_the_more_agree_the_surer_is_the_habit(agreeing: int, contradicting: int) -> None:
    habit = orders(agreeing, contradicting).date_order
    more = orders(agreeing + 1, contradicting).date_order
    if habit is not None:
        assert more is not None
        assert 0.5 < habit.certainty < more.certainty < 1


def test_spellings_of_the_same_letters_vote_together_for_the_most_frequent() -> None:
    habit = names("Oak Bakery Ltd.", "OAK BAKERY LTD", "OAK BAKERY LTD", "Oak Bakcry Ltd", "oak bakery ltd").vendor_name
    assert habit is not None
    assert habit.value == "OAK BAKERY LTD"
    assert habit.certainty == 5 / 7
    assert names("Oak Bakery", "Oak Bakery", "Elm Bakery").vendor_name is None
