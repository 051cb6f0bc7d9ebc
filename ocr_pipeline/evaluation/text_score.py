"""How right read text is: words and characters.

Words are compared as multisets, so their order does not matter; a word is a run of letters A to Z and digits, which
single ``. , / : -`` may join.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from rapidfuzz.distance import Levenshtein

_WORD = re.compile(r"[A-Z0-9]+(?:[.,/:\-][A-Z0-9]+)*")
_EDITORIAL_MARKS = str.maketrans(
    "", "", "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}^"
)

Pair = tuple[Sequence[str], Sequence[str]]
"""The true lines of a document, and those that were read."""


def word_scores(pairs: Iterable[Pair]) -> tuple[float | None, float | None, float | None]:
    """Precision, recall and F1 over all words of all documents; None where there are none."""
    matched = expected = predicted = 0
    for true_lines, read_lines in pairs:
        right, read = _bag(true_lines), _bag(read_lines)
        matched += (right & read).total()
        expected += right.total()
        predicted += read.total()
    return _ratio(matched, predicted), _ratio(matched, expected), _ratio(2 * matched, expected + predicted)


def character_error_rate(pairs: Iterable[Pair]) -> float | None:
    """Edits divided by the characters of the truth, whose lines must stand in reading order; None without any."""
    edits = characters = 0
    for true_lines, read_lines in pairs:
        right, read = _running_text(true_lines), _running_text(read_lines)
        edits += Levenshtein.distance(right, read)
        characters += len(right)
    return _ratio(edits, characters)


def _bag(lines: Iterable[str]) -> Counter[str]:
    return Counter(word for line in lines for word in _WORD.findall(line.upper()))


def _running_text(lines: Iterable[str]) -> str:
    return unicodedata.normalize("NFC", " ".join(" ".join(lines).translate(_EDITORIAL_MARKS).split()))


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
