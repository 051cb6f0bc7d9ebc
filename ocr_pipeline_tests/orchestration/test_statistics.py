from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Reconciliation, Rejection, ReviewReason, State
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.orchestration.statistics import statistics_of
from ocr_pipeline.storage.batch_statistics import BatchStatistics
from ocr_pipeline.storage.ledger_rows import Lane

FINISHED_AT = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
INVALID = ReviewReason(code="invalid_row", message="-")


def of(*outcomes: Outcome) -> BatchStatistics:
    versions = {"ocr_text": "v1"}
    return statistics_of("b", "t", Lane.BATCH, finished_at=FINISHED_AT, outcomes=outcomes, pages=3, versions=versions)


def accepted(**more: object) -> Outcome:
    return Outcome.model_validate({"id": "1", "file": "a", "state": "accepted", "confidence": 0.9, **more})


def rejected(code: ErrorCode) -> Outcome:
    return Outcome(id="1", file="a", state=State.REJECTED, error=Rejection(code=code, message="-", advice="-"))


SUMS = st.sampled_from([None, True, False])
ACCEPTED = st.builds(
    accepted,
    confidence=st.floats(0, 1),
    state=st.sampled_from(["accepted", "needs_review"]),
    fields=st.dictionaries(st.sampled_from(["total", "iban", "due_date"]), st.just("1")),
    reconciliation=st.builds(Reconciliation, items_to_subtotal=SUMS, cash_and_change_to_total=SUMS),
    duplicate_of=st.sampled_from([None, "0"]),
    reasons=st.sampled_from([(), (INVALID,)]),
    seconds=st.dictionaries(st.sampled_from(["raw_images", "ocr_text"]), st.floats(0, 10)),
)
REJECTED = st.builds(rejected, st.sampled_from([ErrorCode.EMPTY_FILE, ErrorCode.PROCESSING_FAILED]))


@given(st.lists(ACCEPTED | REJECTED))
def test_the_counts_add_up(outcomes: list[Outcome]) -> None:
    found = of(*outcomes)

    assert found.accepted + found.needs_review + found.rejected == found.documents == len(outcomes)
    assert 0 <= found.reconciled <= found.with_sums <= found.documents - found.rejected
    assert 0 <= found.duplicates <= found.documents - found.rejected
    assert all(0 < count <= found.documents - found.rejected for count in found.filled.values())
    assert 0 <= found.valid <= found.documents
    assert (found.confidence is None) == (found.documents == found.rejected)


@given(st.lists(ACCEPTED | REJECTED, min_size=1), st.lists(ACCEPTED | REJECTED, min_size=1))
def test_two_batches_count_as_much_as_one_of_both(some: list[Outcome], others: list[Outcome]) -> None:
    one, two, both = of(*some), of(*others), of(*some, *others)

    for name in ("documents", "accepted", "needs_review", "rejected", "valid", "with_sums", "reconciled", "duplicates"):
        assert getattr(one, name) + getattr(two, name) == getattr(both, name)
    assert {name: one.filled.get(name, 0) + two.filled.get(name, 0) for name in both.filled} == dict(both.filled)


def test_a_file_that_is_refused_is_valid_and_a_document_that_failed_is_not() -> None:
    refused = [ErrorCode.EMPTY_FILE, ErrorCode.ENCRYPTED_PDF, ErrorCode.FILE_TOO_LARGE]
    broken = [ErrorCode.PROCESSING_FAILED, ErrorCode.SERVICE_UNAVAILABLE]

    assert [of(rejected(code)).valid for code in refused] == [1, 1, 1]
    assert [of(rejected(code)).valid for code in broken] == [0, 0]
    assert [of(accepted()).valid, of(accepted(reasons=(INVALID,), state="needs_review")).valid] == [1, 0]


def test_sums_agree_where_all_of_them_do() -> None:
    found = of(
        accepted(reconciliation=Reconciliation(items_to_subtotal=True, cash_and_change_to_total=True)),
        accepted(reconciliation=Reconciliation(items_to_subtotal=True, cash_and_change_to_total=False)),
        accepted(reconciliation=Reconciliation()),
        rejected(ErrorCode.EMPTY_FILE),
    )

    assert (found.with_sums, found.reconciled) == (2, 1)


def test_confidence_is_the_mean_and_seconds_are_the_sum() -> None:
    found = of(
        accepted(confidence=0.5, seconds={"ocr_text": 1.5}),
        accepted(confidence=1.0, seconds={"ocr_text": 0.5, "raw_images": 0.25}),
        rejected(ErrorCode.EMPTY_FILE),
    )

    assert found.confidence == 0.75
    assert found.seconds == {"ocr_text": 2.0, "raw_images": 0.25}
    assert (found.pages, found.versions) == (3, {"ocr_text": "v1"})
