from ocr_pipeline.documents.model import (
    Box,
    Evidence,
    Field,
    Reconciliation,
    Record,
    Rejection,
    ReviewReason,
    State,
    Support,
    Verdict,
)
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import ErrorCode

TOTAL = Field(
    value="12.40",
    confidence=0.98765,
    evidence=Evidence(page=1, box=Box(1, 2, 3, 4), words=("l2.40",)),
    support=Support.CORRECTED,
)
VERDICT = Verdict(
    state=State.NEEDS_REVIEW,
    confidence=0.9,
    record=Record(engine="cpu", kind="receipt", fields={"total": TOTAL}),
    reconciliation=Reconciliation(),
    reasons=(
        ReviewReason(code="low_confidence", message="-", field="total"),
        ReviewReason(code="disputed", message="-", field="total"),
        ReviewReason(code="missing", message="-", field="document_date"),
        ReviewReason(code="duplicate", message="-"),
    ),
    duplicate_of="1",
)


def test_an_outcome_says_what_the_verdict_says() -> None:
    outcome = Outcome.of("2", "a.png", VERDICT)
    assert (outcome.kind, outcome.duplicate_of, outcome.state) == ("receipt", "1", "needs_review")
    assert outcome.in_doubt == ("total", "document_date")
    evidence = outcome.evidence["total"]
    assert (evidence.support, evidence.words, evidence.confidence) == ("corrected", ("l2.40",), 0.9877)


def test_an_outcome_comes_back_from_json() -> None:
    outcome = Outcome.of("2", "a.png", VERDICT, {"ocr_text": 0.123456})
    assert Outcome.model_validate_json(outcome.model_dump_json()) == outcome


def test_a_rejected_document_is_of_no_kind() -> None:
    outcome = Outcome.of("2", "a.png", Rejection.of(ErrorCode.EMPTY_FILE))
    assert (outcome.kind, outcome.duplicate_of, outcome.in_doubt) == (None, None, ())
