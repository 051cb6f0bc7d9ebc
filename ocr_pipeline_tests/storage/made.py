"""Verdicts and rejections to be stored."""

from ocr_pipeline.documents.model import (
    Box,
    Evidence,
    Field,
    LineItem,
    Reconciliation,
    Record,
    Rejection,
    ReviewReason,
    State,
    Verdict,
)
from ocr_pipeline.errors import ErrorCode

REJECTION = Rejection.of(ErrorCode.EMPTY_FILE)


def field(value: str) -> Field:
    return Field(value=value, confidence=0.9, evidence=Evidence(page=1, box=Box(1, 2, 3.5, 4), words=(value,)))


def verdict(total: str = "12.50") -> Verdict:
    """An accepted receipt over one item."""
    return Verdict(
        state=State.ACCEPTED,
        confidence=0.9,
        record=Record(
            engine="cpu 1",
            kind="invoice",
            fields={"vendor_name": field("Café Grün"), "total": field(total)},
            line_items=(LineItem(description=field("Kuchen"), amount=field(total)),),
        ),
        reconciliation=Reconciliation(items_to_subtotal=True),
    )


def doubtful() -> Verdict:
    """A receipt for review."""
    reason = ReviewReason(code="missing", message="No document date was found.", field="document_date")
    return verdict().model_copy(update={"state": State.NEEDS_REVIEW, "reasons": (reason,)})
