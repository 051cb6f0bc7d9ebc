"""Whether confidences are what they claim to be: of the values said to be right with 90 %, nine in ten should be."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_BINS = 10


@dataclass(frozen=True)
class Bin:
    """Words whose confidences lie in one tenth of the range."""

    confidence: float
    """Mean."""
    right: float
    """Share of the words that are right."""
    words: int


def judge(words: Iterable[tuple[str, float]], lines: Iterable[str]) -> list[tuple[float, bool]]:
    """Of each word its confidence, and whether it is one of those in the document's true `lines`.

    Words are split at white space and compared without case; each true word makes one word right.
    """
    missing = Counter(word for line in lines for word in line.upper().split())
    judged = []
    for text, confidence in words:
        is_right = missing[text.upper()] > 0
        missing[text.upper()] -= is_right
        judged.append((confidence, is_right))
    return judged


def reliability(judged: Sequence[tuple[float, bool]]) -> list[Bin]:
    """The bins that hold any word, from the lowest confidence to the highest."""
    tenths: dict[int, list[tuple[float, bool]]] = {}
    for confidence, is_right in judged:
        tenths.setdefault(min(int(confidence * _BINS), _BINS - 1), []).append((confidence, is_right))
    return [
        Bin(sum(c for c, _ in rows) / len(rows), sum(is_right for _, is_right in rows) / len(rows), len(rows))
        for _, rows in sorted(tenths.items())
    ]


def expected_calibration_error(bins: Sequence[Bin]) -> float | None:
    """Mean distance of confidence from truth over all words (Guo et al., arXiv:1706.04599); None without words."""
    words = sum(found.words for found in bins)
    return sum(abs(found.confidence - found.right) * found.words for found in bins) / words if words else None
