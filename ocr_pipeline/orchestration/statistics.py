"""What became of a batch, in numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from ocr_pipeline.documents.model import Reconciliation, Rejection, State
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import Category, ErrorCode, describe
from ocr_pipeline.storage.batch_statistics import BatchStatistics
from ocr_pipeline.storage.ledger_rows import Lane
from ocr_pipeline.validation.batch import INVALID_ROW

_OF_THE_FILE = {Category.DOCUMENT, Category.LIMIT}
"""What is refused for these reasons was rightly refused."""


def statistics_of(
    batch: str,
    tenant: str,
    lane: Lane,
    *,
    finished_at: datetime,
    outcomes: Sequence[Outcome],
    pages: int,
    versions: Mapping[str, str],
) -> BatchStatistics:
    """`outcomes` are those of the batch's documents, without what was cancelled or erased; they have `pages` in all."""
    states = Counter(outcome.state for outcome in outcomes)
    confidences = [outcome.confidence for outcome in outcomes if outcome.confidence is not None]
    sums = [found for outcome in outcomes if (found := _sums(outcome.reconciliation))]
    seconds: Counter[str] = Counter()
    for outcome in outcomes:
        seconds.update(outcome.seconds)
    return BatchStatistics(
        batch=batch,
        tenant=tenant,
        lane=lane,
        finished_at=finished_at,
        documents=len(outcomes),
        pages=pages,
        accepted=states[State.ACCEPTED],
        needs_review=states[State.NEEDS_REVIEW],
        rejected=states[State.REJECTED],
        valid=sum(map(_is_valid, outcomes)),
        confidence=sum(confidences) / len(confidences) if confidences else None,
        with_sums=len(sums),
        reconciled=sum(map(all, sums)),
        duplicates=sum(outcome.duplicate_of is not None for outcome in outcomes),
        filled=Counter(name for outcome in outcomes for name in outcome.fields),
        seconds={stage: round(spent, 4) for stage, spent in seconds.items()},
        versions=versions,
    )


def _is_valid(outcome: Outcome) -> bool:
    if outcome.error is not None:
        return _is_refused(outcome.error)
    return all(reason.code != INVALID_ROW for reason in outcome.reasons)


def _is_refused(error: Rejection) -> bool:
    """Whether the file is at fault, and not the processing."""
    return error.code is not ErrorCode.PROCESSING_FAILED and describe(error.code).category in _OF_THE_FILE


def _sums(reconciliation: Reconciliation | None) -> list[bool]:
    """Of the sums that could be checked, whether they agree."""
    return [] if reconciliation is None else [agrees for _, agrees in reconciliation if agrees is not None]
