"""The checks look at what stands in the tables, and fail when that is wrong."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ocr_pipeline.documents.model import Rejection, State
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.orchestration.checks.written import check_completeness, check_validity
from ocr_pipeline.storage.batch_accounts import account_of, wanted_documents
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival, Finished
from ocr_pipeline.storage.schema import documents, quarantine
from ocr_pipeline.storage.schema import ledger as ledger_table
from ocr_pipeline.storage.tables import BatchTables, Row, WrittenRows, write_batch
from ocr_pipeline_tests.conftest import Services

REJECTION = Rejection.of(ErrorCode.EMPTY_FILE)
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
    assert check_validity(WrittenRows([ROW], [], [])).passed


@pytest.mark.parametrize("wrong", [{"currency": "XXZ"}, {"confidence": 1.5}, {"state": "rejected"}])
def test_a_wrong_row_in_the_tables_fails_the_check(wrong: dict[str, Any]) -> None:
    result = check_validity(WrittenRows([{**ROW, **wrong}], [], []))

    assert not result.passed
    assert {"failures", "what to do"} <= result.metadata.keys()


@pytest.fixture
def batch(services: Services, ledger: Ledger) -> str:
    """Of two documents, both in quarantine."""
    key, ids = ledger.register_batch([Arrival("a", f"tests/written/{number}", "e", 1) for number in range(2)])
    ledger.start_batch(key)
    rows: list[Row] = [{"document_id": id_, "reasons": [], "verdict": None, "version": "v1"} for id_ in ids]
    finished = [Finished(id_, State.REJECTED, REJECTION, {}) for id_ in ids]
    write_batch(services.engine, key, BatchTables([], [], rows, finished, {}), datetime.now(UTC))
    return key


def execute(services: Services, statement: Any) -> None:
    with services.engine.begin() as connection:
        connection.execute(statement)


def test_every_document_in_one_place_passes(services: Services, batch: str) -> None:
    assert check_completeness(account_of(services.engine, batch)).passed


def test_a_document_that_is_nowhere_fails_the_check_and_is_named(services: Services, batch: str) -> None:
    lost = min(wanted_documents(services.engine, [batch])[batch])
    execute(services, quarantine.delete().where(quarantine.c.document_id == lost))

    result = check_completeness(account_of(services.engine, batch))

    assert not result.passed
    assert result.metadata["missing"].value == [lost]


def test_a_document_in_both_places_fails_the_check_and_is_named(services: Services, batch: str) -> None:
    doubled = min(wanted_documents(services.engine, [batch])[batch])
    row = {"document_id": doubled, "state": "accepted", "kind": "receipt", "confidence": 1.0, "verdict": {}}
    execute(services, documents.insert().values(**row, version="v1"))

    result = check_completeness(account_of(services.engine, batch))

    assert not result.passed
    assert result.metadata["in both"].value == [doubled]


@pytest.mark.parametrize(
    "left",
    [
        {"erased_at": datetime.now(UTC)},
        {"reason": Rejection.of(ErrorCode.CANCELLED).model_dump(mode="json")},
        {"state": State.WAITING, "finished_at": None},
    ],
)
def test_what_was_erased_or_cancelled_or_waits_again_is_not_missed(
    services: Services, batch: str, left: dict[str, Any]
) -> None:
    gone = min(wanted_documents(services.engine, [batch])[batch])
    execute(services, quarantine.delete().where(quarantine.c.document_id == gone))
    execute(services, ledger_table.update().where(ledger_table.c.id == gone).values(left))

    account = account_of(services.engine, batch)

    assert check_completeness(account).passed
    assert len(account.documents) == 1
