"""What the text of a row or cell says about its part in the document: a linear model over pieces of words.

The model is a logistic regression a role over hashed character n-grams (scikit-learn's HashingVectorizer, which keeps
no vocabulary). Digits count as one character, so that it learns what a line looks like and not what it says.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr_pipeline.structuring.layout import Row, Run

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

ROLES = ("vendor", "address", "date", "total", "number")
BUCKETS = 2**14

Vector = npt.NDArray[np.float32]


class LineModel(NamedTuple):
    weights: Vector
    """(BUCKETS, number of roles)"""
    biases: Vector
    """(number of roles,)"""

    def roles(self, texts: Sequence[str]) -> Vector:
        """(number of texts, number of roles): how likely each text plays each role, 0 to 1."""
        if not texts:
            return np.zeros((0, len(ROLES)), np.float32)
        scores = np.asarray(pieces(texts) @ self.weights, np.float32) + self.biases
        return np.asarray(1 / (1 + np.exp(-scores)), np.float32)


class RolesOfRows:
    """The roles of a document's rows and of their cells."""

    def __init__(self, rows: Sequence[Row], model: LineModel) -> None:
        texts = {row.text for row in rows} | {cell.text for row in rows for cell in row.cells}
        ordered = sorted(texts)
        self._found = dict(zip(ordered, model.roles(ordered), strict=True))
        self._nothing = np.zeros(len(ROLES), np.float32)

    def of(self, text: Row | Run | None) -> Vector:
        """(number of roles,); zeros for nothing."""
        return self._nothing if text is None else self._found[text.text]

    def of_text(self, text: str) -> Vector:
        """Of the text of a row or cell; zeros for any other."""
        return self._found.get(text, self._nothing)


def pieces(texts: Sequence[str]) -> "csr_matrix":
    """(number of texts, BUCKETS)"""
    return _vectorizer().transform([re.sub(r"\d", "0", text.upper()) for text in texts])


@lru_cache(maxsize=1)
def _vectorizer():  # type: ignore[no-untyped-def]  # scikit-learn has no type information
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), n_features=BUCKETS, lowercase=False, alternate_sign=False, norm="l2",
        dtype=np.float32,
    )  # fmt: skip
