import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.recognition.ppocr.ctc import decode

ALPHABET = ["a", "b", " "]


def said(labels: list[int], confidence: float = 0.7) -> np.ndarray:
    """What a network says that is this sure of each step's label."""
    rest = (1 - confidence) / len(ALPHABET)
    return np.where(np.eye(len(ALPHABET) + 1)[labels] == 1, confidence, rest).astype(np.float32)


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ([0, 0, 0], ""),
        ([1], "a"),
        ([1, 1, 1], "a"),
        ([1, 0, 1], "aa"),
        ([0, 1, 1, 2, 0, 3, 3, 1, 0], "ab a"),
        ([2, 0, 0, 2, 2], "bb"),
    ],
)
def test_runs_count_once_and_blanks_part_them(labels: list[int], text: str) -> None:
    assert "".join(character.text for character in decode(said(labels), ALPHABET)) == text


def test_a_character_stands_where_it_was_surest() -> None:
    probabilities = said([0, 1, 1, 1, 0])
    probabilities[2] = [0.03, 0.9, 0.04, 0.03]
    (character,) = decode(probabilities, ALPHABET)
    assert (character.text, character.step) == ("a", 2)
    assert character.confidence == pytest.approx(0.9)


@given(st.text(alphabet="ab ", max_size=30))
def test_any_text_comes_back_when_blanks_part_its_letters(text: str) -> None:
    labels = [0, *(label for letter in text for label in (ALPHABET.index(letter) + 1, 0))]
    found = decode(said(labels), ALPHABET)
    assert "".join(character.text for character in found) == text
    assert [character.step for character in found] == list(range(1, 2 * len(text), 2))
