"""Whether a batch is like those before it: how sure its documents are, and how often each field has a value."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from ocr_pipeline.storage.batch_statistics import BatchStatistics

BATCHES = 30
"""How many of the batches before it a batch is compared with."""
LEAST_BATCHES = 10
LEAST_DOCUMENTS = 10
"""Of the batches before it, and of the documents read in it: below one of these nothing can be said."""
_STANDARD_ERRORS = 4
"""Farther away is one comparison in 15,000 by chance, and a batch has about fifteen of them."""

_CONFIDENCE = "mean confidence"


class Comparison(NamedTuple):
    """All between 0 and 1."""

    what: str
    now: float
    before: float
    allowed: float
    """How far apart the two may be."""

    @property
    def is_drift(self) -> bool:
        return abs(self.now - self.before) > self.allowed


def read(batch: BatchStatistics) -> int:
    """The documents that have fields and a confidence."""
    return batch.documents - batch.rejected


def compare(batch: BatchStatistics, earlier: Sequence[BatchStatistics], most_drift: float) -> list[Comparison]:
    """`batch` beside the mean of the `earlier` ones, weighed by documents; nothing where there are too few to tell.

    Two may be `most_drift` apart, or more where batches differ more anyhow. How much they do, the earlier ones tell
    themselves: a batch is full of what its sender just had at hand, so its documents are more alike than those of all
    batches together. What never varied before may vary as much as a share does in so many documents.
    """
    before = [each for each in earlier if read(each)]
    if read(batch) < LEAST_DOCUMENTS or len(before) < LEAST_BATCHES:
        return []
    fields = sorted({name for each in (batch, *before) for name in each.filled})
    return [_compared(what, batch, before, most_drift) for what in (_CONFIDENCE, *fields)]


def _compared(what: str, batch: BatchStatistics, before: Sequence[BatchStatistics], most_drift: float) -> Comparison:
    documents = sum(map(read, before))
    mean = sum(_value(what, each) * read(each) for each in before) / documents
    differ = sum((_value(what, each) - mean) ** 2 * read(each) for each in before) / (len(before) - 1)
    seen = (mean * documents + 1) / (documents + 2)  # what was never seen may still be
    error = sqrt(max(differ, seen * (1 - seen)) * (1 / read(batch) + 1 / documents))
    return Comparison(what, _value(what, batch), mean, max(most_drift, _STANDARD_ERRORS * error))


def _value(what: str, batch: BatchStatistics) -> float:
    if what == _CONFIDENCE:
        return batch.confidence or 0.0
    return batch.filled.get(what, 0) / read(batch)
