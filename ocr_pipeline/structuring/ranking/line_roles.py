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
    from sklearn.feature_extraction.text import HashingVectorizer

BUCKETS = 2**14

Vector = npt.NDArray[np.float32]


class Roles(NamedTuple):
    """How likely a text is (part of) the vendor's name, its address, the date, the total, the number, each 0 to 1."""

    vendor: float
    address: float
    date: float
    total: float
    number: float


_NONE = Roles(0.0, 0.0, 0.0, 0.0, 0.0)


class LineModel(NamedTuple):
    weights: Vector
    """(BUCKETS, number of roles)"""
    biases: Vector
    """(number of roles,)"""

    def roles(self, texts: Sequence[str]) -> list[Roles]:
        """Of each text."""
        if not texts:
            return []
        scores = np.asarray(pieces(texts) @ self.weights, np.float32) + self.biases
        likely = np.asarray(1 / (1 + np.exp(-scores)), np.float32)
        return [Roles(*row) for row in likely.tolist()]


class RolesOfRows:
    """The roles of a document's rows and of their cells."""

    def __init__(self, rows: Sequence[Row], model: LineModel) -> None:
        texts = {row.text for row in rows} | {cell.text for row in rows for cell in row.cells}
        ordered = sorted(texts)
        self._found = dict(zip(ordered, model.roles(ordered), strict=True))

    def of(self, text: Row | Run | None) -> Roles:
        """Zeros for nothing."""
        return _NONE if text is None else self._found[text.text]

    def of_text(self, text: str) -> Roles:
        """Of the text of a row or cell; zeros for any other."""
        return self._found.get(text, _NONE)


def pieces(texts: Sequence[str]) -> "csr_matrix":
    """(number of texts, BUCKETS)"""
    return _vectorizer().transform([re.sub(r"\d", "0", text.upper()) for text in texts])


@lru_cache(maxsize=1)
def _vectorizer() -> "HashingVectorizer":
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), n_features=BUCKETS, lowercase=False, alternate_sign=False, norm="l2",
        dtype=np.float32,
    )  # fmt: skip
