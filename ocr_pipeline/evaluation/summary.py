"""Everything that `ocr-pipeline evaluate` says of a folder."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from ocr_pipeline.evaluation.calibration import expected_calibration_error, reliability
from ocr_pipeline.evaluation.labelled_fields import claims
from ocr_pipeline.evaluation.review import ReviewScore, review_score, state_of
from ocr_pipeline.evaluation.run import Evaluated
from ocr_pipeline.evaluation.score import Score, score


@dataclass(frozen=True)
class Summary:
    """None where there is nothing to compare."""

    documents: int
    states: dict[str, int]
    """Documents by final state."""
    pages: int
    seconds_per_page: float | None
    """All stages together, mean over the pages."""
    structuring_seconds_per_page: float | None
    """Of the structuring stage, median over the documents."""
    calibration_error: float | None
    """Of the words that an engine read."""
    field_calibration_error: float | None
    """Of the labelled fields that were given."""
    score: Score
    review: ReviewScore | None


def summary(truths: Sequence[Mapping[str, Any]], done: Sequence[Evaluated]) -> Summary:
    """`truths` are the objects of the folder's ``truth.jsonl``, `done` what became of them."""
    pages = sum(document.pages for document in done)
    seconds = sum(sum(document.seconds.values()) for document in done)
    structuring = [
        document.seconds["structured_records"] / document.pages
        for document in done
        if document.pages and "structured_records" in document.seconds
    ]
    words = [word for document in done for word in document.judged]
    fields = [claim for document in done for claim in claims(document.fields)]
    return Summary(
        documents=len(done),
        states=dict(Counter(state_of(document.result).value for document in done)),
        pages=pages,
        seconds_per_page=seconds / pages if pages else None,
        structuring_seconds_per_page=median(structuring) if structuring else None,
        calibration_error=expected_calibration_error(reliability(words)),
        field_calibration_error=expected_calibration_error(reliability(fields)),
        score=score(truths, {document.id: document.prediction for document in done}),
        review=review_score(
            {document.id: document.result for document in done}, {document.id: document.fields for document in done}
        ),
    )
