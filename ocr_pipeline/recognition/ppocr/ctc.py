"""What a recognizer's output says: connectionist temporal classification, decoded greedily.

Graves et al., "Connectionist Temporal Classification", 2006: a label at each step along the line, of which runs and
blanks are dropped.
"""

from typing import NamedTuple

import numpy as np

from ocr_pipeline.recognition.runtime import Floats

BLANK = 0


class Character(NamedTuple):
    """A character read; `step` is where along the line it was surest."""

    text: str
    confidence: float
    step: int


def decode(probabilities: Floats, alphabet: list[str]) -> list[Character]:
    """`probabilities` are (steps, labels); label n > 0 is ``alphabet[n - 1]``."""
    labels = probabilities.argmax(axis=1)
    best = probabilities[np.arange(len(labels)), labels]
    starts = np.flatnonzero(np.diff(labels, prepend=-1))
    ends = np.append(starts[1:], len(labels))
    return [
        Character(alphabet[labels[start] - 1], float(best[peak]), int(peak))
        for start, end in zip(starts, ends, strict=True)
        if labels[start] != BLANK
        for peak in [start + best[start:end].argmax()]
    ]
