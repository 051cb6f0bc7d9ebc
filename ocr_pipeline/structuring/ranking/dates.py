"""Which of the dates is the document's own.

Rules choose: what is printed beside a date says what it is. Documents whose dates are labelled are nearly all receipts
with a single date, from which no ranker would learn what to do with an invoice's five.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ocr_pipeline.structuring.dates import FoundDate, dates_in
from ocr_pipeline.structuring.document_date import label_score
from ocr_pipeline.structuring.layout import Row
from ocr_pipeline.structuring.ranking.candidate import Candidate

_SCORES = {2.0: 0.95, 1.0: 0.85, 0.0: 0.7, -1.0: 0.2}
"""By what the label says: its own date, a date, nothing, that of something else."""


class DateFeatures(NamedTuple):
    looks: float
    """How much it looks like the document's own, 0 to 1."""


def date_candidates(rows: list[Row], day_first: bool) -> list[tuple[Candidate, FoundDate]]:
    """The dates in the order of the document."""
    found = [item for row in rows for item in dates_in(row, day_first)]
    return [
        (Candidate(item.value.isoformat(), item.run, DateFeatures(_looks(item, rows, number))), item)
        for number, item in enumerate(found)
    ]


def date_scores(candidates: Sequence[Candidate]) -> list[float]:
    return [candidate.features[0] for candidate in candidates]


def _looks(item: FoundDate, rows: list[Row], number: int) -> float:
    # Of dates that are labelled alike the first one is meant.
    return _SCORES.get(label_score(item, rows), 0.05) - 0.002 * min(number, 20)
