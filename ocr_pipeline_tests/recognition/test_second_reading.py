import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.recognition.second_reading import word_agreement

WORDS = st.lists(st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1), min_size=1)


@pytest.mark.parametrize(
    ("words", "other", "agreement"),
    [
        ("ID:000349", "ID: 000349", (True,)),  # spaces are no difference
        ("Tax Invoice", "TAX INVOICE", (True, True)),  # nor is case
        ("TAX INVOICE", "TAXINVOICE", (True, True)),
        ("RM 12.50", "RM 12.5O", (True, False)),
        ("RM 12.50", "12.50", (False, True)),
        ("NO 17", "NO 117", (True, False)),  # a character put in belongs to the word
        ("NO 17 A", "NO 17- A", (True, False, False)),  # ... or to both words that it stands between
        ("A B", "", (False, False)),
    ],
)
def test_words_agree_one_by_one(words: str, other: str, agreement: tuple[bool, ...]) -> None:
    assert word_agreement(words.split(), other) == agreement


@settings(deadline=None, max_examples=60)
@given(WORDS)
def test_every_word_agrees_with_itself(words: list[str]) -> None:
    assert word_agreement(words, " ".join(words)) == (True,) * len(words)


@settings(deadline=None, max_examples=60)
@given(WORDS, st.text())
def test_there_is_one_answer_a_word(words: list[str], other: str) -> None:
    assert len(word_agreement(words, other)) == len(words)
