"""Whatever an engine says, each document ends with valid rows or is refused with reasons; nothing raises."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Field, Record, State, Support, Verdict
from ocr_pipeline.validation.batch import validate_batch
from ocr_pipeline.validation.schemas import Documents, LineItems, check
from ocr_pipeline.validation.verdict import validate
from ocr_pipeline_tests.structuring.typed import RECEIPT, typed
from ocr_pipeline_tests.validation.any_records import RECORDS
from ocr_pipeline_tests.validation.records import complete


def verdicts_of(records: list[Record]) -> dict[str, Verdict]:
    return {str(number): validate(found, typed(RECEIPT), 0.5) for number, found in enumerate(records)}


@settings(max_examples=60, deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=4))
def test_every_document_has_valid_rows_or_is_refused(records: list[Record]) -> None:
    verdicts = verdicts_of(records)
    batch = validate_batch(verdicts)
    assert check(batch.documents, Documents) == {}
    assert check(batch.line_items, LineItems) == {}
    assert {*batch.documents["document_id"], *batch.refused} == set(verdicts)
    assert not {*batch.documents["document_id"]} & batch.refused.keys()
    assert all(refused.state is State.NEEDS_REVIEW and refused.reasons for refused in batch.refused.values())


@settings(max_examples=60, deadline=None)
@given(RECORDS)
def test_what_is_accepted_stands_somewhere_and_is_sure_enough(found: Record) -> None:
    verdict = validate(found, typed(RECEIPT), 0.5)
    values = [*verdict.record.fields.values()]
    values += [cell for row in verdict.record.line_items for _, cell in row if isinstance(cell, Field)]
    assert all(value.support is not Support.UNSUPPORTED for value in values)
    assert all(value.evidence.page or value.evidence.attachment or value.evidence.computation for value in values)
    if verdict.state is State.ACCEPTED:
        assert verdict.confidence >= 0.5
        assert not verdict.record.unsupported


def test_a_refused_document_keeps_its_neighbours_and_says_why() -> None:
    verdicts = verdicts_of([complete(), complete(document_date="soon"), complete()])
    batch = validate_batch(verdicts)
    assert list(batch.documents["document_id"]) == ["0", "2"]
    (reason,) = [reason for reason in batch.refused["1"].reasons if reason.code == "invalid_row"]
    assert reason.message == "document_date: 'soon' fails a date"
