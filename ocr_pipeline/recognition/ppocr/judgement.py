"""How probably a word was read right, and whether a line is handwriting: two logistic regressions.

`training.judgement` fits them on labelled documents that the recognizer did not learn from; docs/recognition.md shows
how well the probabilities hold.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from ocr_pipeline.recognition.ppocr.ctc import Character
from ocr_pipeline.recognition.runtime import Floats

_SUREST = 1e-4
"""Chances of error below this are all the same."""


@dataclass(frozen=True)
class Logistic:
    """A logistic regression: the probability that a thing with some features is of a kind."""

    weights: Floats
    bias: float

    def probability(self, features: Floats) -> float:
        return 1.0 / (1.0 + math.exp(-float(np.clip(self.weights @ features + self.bias, -30.0, 30.0))))


@dataclass(frozen=True)
class Judgement:
    """What a recognizer's own answers are worth."""

    word_is_right: Logistic
    line_is_handwritten: Logistic

    def is_handwritten(self, features: Floats) -> bool:
        """`features` are those of a `LineText`."""
        return self.line_is_handwritten.probability(features) > 0.5

    @classmethod
    def load(cls, file: Path) -> Self:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return cls(*(Logistic(np.array(stored[name]["weights"], np.float32), stored[name]["bias"])
                     for name in ("word_is_right", "line_is_handwritten")))  # fmt: skip


def word_features(word: Sequence[Character], line: Sequence[Character], agrees: bool | None) -> Floats:
    """(7,): what tells whether `word`, a part of `line`, is right; `agrees`: a second reader, if asked."""
    doubts = [_doubt(character.confidence) for character in word]
    line_doubts = [_doubt(character.confidence) for character in line]
    return np.array(
        [
            max(doubts),
            sum(doubts) / len(doubts),
            max(line_doubts),
            sum(line_doubts) / len(line_doubts),
            math.log(len(word)),
            agrees is True,
            agrees is False,
        ],
        np.float32,
    )


def _doubt(confidence: float) -> float:
    """The chance of error on a logarithmic scale, 0 for none to 1 for certain."""
    return 1.0 - math.log(max(1.0 - confidence, _SUREST)) / math.log(_SUREST)
