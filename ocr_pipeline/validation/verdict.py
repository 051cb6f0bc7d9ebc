"""The verdict: does a record go through as it is, or should a person look at it, and why.

What must hold says the document's kind, what is in doubt with any value `ocr_pipeline.validation.doubts`. A document
is as sure as the least sure of its fields, those of vendor and address included. Confidences are calibrated, so this is
the most that the probability of all fields being right can be, and it compares to ``Settings.review_confidence`` as
each field's does. It is 0 where a required field is missing, or all are. What else is wrong, such as sums that
disagree, the reasons tell; it is not hidden in this number.
"""

from collections.abc import Sequence

from ocr_pipeline.documents.model import DocumentText, Record, ReviewReason, State, Verdict
from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.kinds.registry import SHIPPED, kind_named
from ocr_pipeline.kinds.rules import MISSING
from ocr_pipeline.validation.doubts import doubts
from ocr_pipeline.validation.grounded import grounded
from ocr_pipeline.validation.reconcile import reconcile


def validate(
    record: Record, text: DocumentText, review_confidence: float, choices: Sequence[DocumentKind] = SHIPPED
) -> Verdict:
    """`review_confidence` (0 to 1) is the confidence below which a field should be looked at; `choices` the kinds.

    Raises PipelineError(INVALID_SETTING) where the record's kind is none of them.
    """
    kind = kind_named(record.kind, choices)
    record = grounded(record)
    reasons = _reasons(record, text, review_confidence, kind)
    return Verdict(
        state=State.NEEDS_REVIEW if reasons else State.ACCEPTED,
        confidence=_confidence(record, reasons),
        record=record,
        reconciliation=reconcile(record, text),
        reasons=tuple(reasons),
    )


def _reasons(record: Record, text: DocumentText, review_confidence: float, kind: DocumentKind) -> list[ReviewReason]:
    if text.words:
        broken = [reason for rule in kind.rules for reason in rule.check(record, text)]
    else:
        broken = [ReviewReason(code="no_text", message="No text was found; is the page blank or upside down?")]
    return broken + doubts(record, kind, review_confidence)


def _confidence(record: Record, reasons: Sequence[ReviewReason]) -> float:
    if not record.fields or any(reason.code == MISSING for reason in reasons):
        return 0.0
    return min(field.confidence for field in record.fields.values())
