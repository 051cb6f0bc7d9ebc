import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.validation.patterns.spelling import misread, skeleton, squash

NAMES = st.text(alphabet=st.characters(codec="latin-1"), max_size=40)


@pytest.mark.parametrize(
    ("read", "usual"),
    [
        ("0AK BAKERY LTD", "Oak Bakery Ltd"),
        ("Oak Bakcry Limited", "Oak Bakery Limited"),
        ("Oak Bakry Limited", "Oak Bakery Limited"),
        ("Oak Bakery Limmited", "Oak Bakery Limited"),
        ("L0T 3, Rose Street 23/1, 40300 Hilltown", "Lot 3, Rose Street 23/1, 40300 Hilltown"),
        ("Lot 3, Rosc Street 23/1, 40300 Hilltown", "Lot 3, Rose Street 23/1, 40300 Hilltown"),
    ],
)
def test_a_few_misread_characters_make_no_other_name(read: str, usual: str) -> None:
    assert misread(read, usual)


@pytest.mark.parametrize(
    ("read", "usual"),
    [
        ("Oak Bakery Ltd", "Elm Bakery Ltd"),
        ("Bakery Ltd", "Oak Bakery Ltd"),
        ("Lot 4, Rose Street 23/1, 40300 Hilltown", "Lot 3, Rose Street 23/1, 40300 Hilltown"),
        ("Lot, Rose Street 23/1, 40300 Hilltown", "Lot 3, Rose Street 23/1, 40300 Hilltown"),
        ("Lot 13, Rose Street 23/1, 40300 Hilltown", "Lot 3, Rose Street 23/1, 40300 Hilltown"),
        ("", "Oak Bakery Ltd"),
    ],
)
def test_other_words_and_other_digits_do(read: str, usual: str) -> None:
    assert not misread(read, usual)
    assert not misread(usual, read)


@given(NAMES)
def test_every_name_is_itself(name: str) -> None:
    assert misread(name, name)
    assert misread(name, f" {name.lower()}.")


@given(NAMES)
def test_a_skeleton_has_a_character_for_each_letter_and_digit(name: str) -> None:
    """`misread` compares the two place by place."""
    assert len(skeleton(name)) == len(squash(name))
    assert skeleton(skeleton(name)) == skeleton(name)
