"""How well a recognizer reads lines whose text is known."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from training.lines import LabelledLine
from training.network import Recognizer, read_with


def character_error_rate(recognizer: Recognizer, lines: Sequence[LabelledLine]) -> float:
    """Edits over characters of the truth, case aside, with the files and the reader that the product would use."""
    with tempfile.TemporaryDirectory() as folder:
        recognizer.write(Path(folder))
        texts = read_with(Path(folder)).read([line.crop() for line in lines])
    read = ["".join(character.text for character in text.characters).upper() for text in texts]
    edits = sum(Levenshtein.distance(text, line.text.upper()) for text, line in zip(read, lines, strict=True))
    return edits / sum(len(line.text) for line in lines)
