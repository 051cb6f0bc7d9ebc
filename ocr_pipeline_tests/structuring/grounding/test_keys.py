from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.structuring.grounding.keys import differences, key_of

WORDS = st.lists(st.text(max_size=8), max_size=6).map(tuple)


def test_letters_and_digits_count() -> None:
    key = key_of(("No.", "12-A,", "Café"), fold=False)
    assert key.characters == "no12acafé"
    assert key.words == (0, 0, 1, 1, 1, 2, 2, 2, 2)
    assert key.cuts == {0, 2, 4, 5, 9}


def test_look_alikes_become_the_same() -> None:
    printed, meant = key_of(("C0RNER", "CAFE"), fold=True), key_of(("Corner", "Café"), fold=True)
    assert printed.characters == meant.characters
    assert differences(printed.origins, meant.origins) == 2


def test_the_country_before_a_postcode_does_not_count() -> None:
    assert key_of(("D-12345", "Berlin"), fold=False).characters == "12345berlin"
    assert key_of(("DE", "12345", "Berlin"), fold=False).characters == "12345berlin"
    assert key_of(("DE", "123456789"), fold=False).characters == "de123456789"


def test_a_value_begins_and_ends_at_cuts() -> None:
    key = key_of(("INV-4711A", "4711"), fold=False)
    assert list(key.places_of(key_of(("4711",), fold=False))) == [3, 8]
    assert list(key.places_of(key_of(("471",), fold=False))) == []
    assert list(key.places_of(key_of((), fold=False))) == []


@given(WORDS, st.booleans())
def test_parts_are_of_the_same_length(words: tuple[str, ...], fold: bool) -> None:
    key = key_of(words, fold)
    assert len(key.characters) == len(key.origins) == len(key.words)
    assert all(0 <= cut <= len(key.characters) for cut in key.cuts)
    assert list(key.words) == sorted(key.words)
