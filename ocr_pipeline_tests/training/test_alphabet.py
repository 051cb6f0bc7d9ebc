import pytest

from training.alphabet import Labels, is_kept


def test_writings_of_europe_and_signs_are_kept_others_are_not() -> None:
    assert all(is_kept(character) for character in "Aßžéλ€№☑Я5%—")
    assert not any(is_kept(character) for character in "漢の한ع अ")


@pytest.mark.parametrize("text", ["a  b", " a b ", "a\u00a0b", "a\nb"])
def test_white_space_is_one_space(text: str) -> None:
    assert Labels("ab ").of(text) == [1, 3, 2]


def test_curved_quotes_are_learned_as_straight_ones() -> None:
    assert Labels(["'", '"']).of("‘’“”") == [1, 1, 2, 2]  # noqa: RUF001


@pytest.mark.parametrize("text", ["", "  ", "axb"])
def test_texts_that_cannot_be_written_have_no_labels(text: str) -> None:
    assert Labels("ab ").of(text) is None
