"""The checks look at what stands in the tables, and fail when that is wrong."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr_pipeline.documents.model import Record
from ocr_pipeline.orchestration.verdicts import Judged, check_completeness, check_validity, outcomes_of, tables_of
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.tables import WrittenRows, load_outcome, read_batch, write_batch
from ocr_pipeline.validation.batch import validate_batch
from ocr_pipeline.validation.verdict import validate
from ocr_pipeline_tests.conftest import Services
from ocr_pipeline_tests.structuring.typed import RECEIPT, typed
from ocr_pipeline_tests.validation.any_records import RECORDS

FINISHED_AT = datetime(2026, 11, 22, 10, 5, 0, 123000, UTC)
ROW: dict[str, Any] = {
    "document_id": "1",
    "kind": "receipt",
    "vendor_name": "Old Quay Tea Rooms Ltd",
    "document_date": date(2026, 3, 12),
    "currency": "GBP",
    "total": Decimal("12.00"),
    "extra": {},
    "confidence": 0.9,
    "state": "accepted",
}


def test_valid_rows_pass() -> None:
    assert check_validity("check", WrittenRows([ROW], [], [])).passed


@pytest.mark.parametrize("wrong", [{"currency": "XXZ"}, {"confidence": 1.5}, {"state": "rejected"}])
def test_a_wrong_row_in_the_tables_fails_the_check(wrong: dict[str, Any]) -> None:
    result = check_validity("check", WrittenRows([{**ROW, **wrong}], [], []))

    assert not result.passed


def test_every_document_in_one_place_passes() -> None:
    assert check_completeness("check", WrittenRows([ROW], [], ["2"]), 2).passed


@pytest.mark.parametrize(
    "written", [WrittenRows([ROW], [], []), WrittenRows([ROW], [], ["1"]), WrittenRows([ROW], [], ["2", "3"])]
)
def test_a_document_that_is_missing_doubled_or_too_many_fails_the_check(written: WrittenRows) -> None:
    assert not check_completeness("check", written, 2).passed


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(RECORDS, min_size=1, max_size=4))
def test_whatever_an_engine_says_ends_in_the_tables_or_in_quarantine(
    services: Services, ledger: Ledger, records: list[Record]
) -> None:
    arrivals = [Arrival(file="a", object_key=uuid4().hex, etag="e", size=1) for _ in records]
    batch, ids = ledger.register_batch(arrivals)
    verdicts = {id_: validate(found, typed(RECEIPT), 0.5) for id_, found in zip(ids, records, strict=True)}
    valid = validate_batch(verdicts)
    judged: dict[str, Judged] = {id_: (verdict, {}) for id_, verdict in (verdicts | valid.refused).items()}

    versions = {id_: {"validated_tables": "v1"} for id_ in ids}
    settled = write_batch(services.engine, batch, tables_of(judged, valid, versions), FINISHED_AT)

    written = read_batch(services.engine, ids)
    assert check_validity("check", written).passed
    assert check_completeness("check", written, len(records)).passed
    outcomes = outcomes_of(ledger.batch_documents(batch), judged, settled, FINISHED_AT + timedelta(seconds=60))
    published = {outcome.id: outcome for outcome in outcomes}
    for id_ in ids:
        document = ledger.document(id_)
        assert document is not None
        assert load_outcome(services.engine, document, result_seconds=60) == published[id_]
