import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Box, Word


@given(st.text(st.characters(codec=None)))
def test_the_text_of_a_word_can_be_stored(text: str) -> None:
    word = Word(text=text, box=Box(0, 0, 1, 1), confidence=1)
    assert json.loads(word.model_dump_json())["text"] == word.text
    expected = ["\ufffd" if unicodedata.category(char) in {"Cc", "Cs"} else char for char in text]
    assert list(word.text) == expected
