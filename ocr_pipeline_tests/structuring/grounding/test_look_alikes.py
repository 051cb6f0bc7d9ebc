import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.structuring.grounding.look_alikes import folded, most_look_alikes, with_digits


@pytest.mark.parametrize(("one", "other"), ["0o", "0q", "od", "1l", "i|", "2z", "5s", "6g", "8b", "eé", "uü"])
def test_look_alikes(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_two_characters_that_look_like_one() -> None:
    assert folded("m") == folded("r") + folded("n")
    assert folded("w") == folded("v") * 2


def test_no_digit_looks_like_another() -> None:
    assert len({folded(digit) for digit in "0123456789"}) == 10


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("RMO.01", "RM0.01"),
        ("1l.60", "11.60"),
        ("O3/O4/2018", "03/04/2018"),
        ("12OCT2018", "12OCT2018"),
        ("SOLD", "SOLD"),
        ("S5", "S5"),
        ("TOTAL: 1B.50", "TOTAL: 18.50"),
    ],
)
def test_letters_in_numbers(printed: str, read: str) -> None:
    assert with_digits(printed) == read


@given(st.text(max_size=40))
def test_the_length_stays(text: str) -> None:
    assert len(with_digits(text)) == len(text)


def test_short_texts_have_none() -> None:
    assert [most_look_alikes(length) for length in (0, 3, 4, 11)] == [0, 0, 1, 2]
