from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError

from ocr_pipeline.documents.model import Rejection, State, Verdict
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival, Finished
from ocr_pipeline.storage.tables import BatchTables, Row, Settled, load_outcome, load_verdict, read_batch, write_batch
from ocr_pipeline_tests.storage.made import REJECTION, doubtful, verdict

FINISHED_AT = datetime(2026, 11, 22, 10, 5, 0, 123000, UTC)


@pytest.fixture
def ids(ledger: Ledger) -> list[str]:
    """Three documents that wait."""
    files = [Arrival(file=name, object_key=name, etag="e", size=1) for name in ("a", "b", "c")]
    return ledger.register_batch(files)[1]


def tables(results: Mapping[str, Verdict | Rejection]) -> BatchTables:
    """Rows as the validation stage writes them: what is accepted in the tables, all else in quarantine."""
    accepted = {id_: found for id_, found in results.items() if isinstance(found, Verdict) and not found.reasons}
    return BatchTables(
        documents=[_document(id_, found) for id_, found in accepted.items()],
        line_items=[
            {"document_id": id_, "position": position, "description": "Kuchen", "amount": Decimal("12.50")}
            for id_ in accepted
            for position in (1, 2)
        ],
        quarantine=[_quarantined(id_, found) for id_, found in results.items() if id_ not in accepted],
        finished=[_finished(id_, found) for id_, found in results.items()],
        verdicts={id_: found for id_, found in results.items() if isinstance(found, Verdict)},
    )


def _document(id_: str, found: Verdict) -> Row:
    return {
        "document_id": id_,
        "state": found.state,
        "kind": found.record.kind,
        "vendor_name": "Café Grün",
        "total": Decimal(found.record.fields["total"].value),
        "confidence": found.confidence,
        "verdict": found.model_dump(mode="json"),
        "version": "v1",
    }


def _quarantined(id_: str, found: Verdict | Rejection) -> Row:
    stored = found.model_dump(mode="json") if isinstance(found, Verdict) else None
    return {"document_id": id_, "reasons": [], "verdict": stored, "version": "v1"}


def _finished(id_: str, found: Verdict | Rejection) -> Finished:
    if isinstance(found, Rejection):
        return Finished(id_, State.REJECTED, found, {"raw_images": 0.25})
    return Finished(id_, found.state, None, {"raw_images": 0.25})


def write(engine: Engine, batch: BatchTables) -> Settled:
    with engine.connect() as connection:
        mine = schema.ledger.c.id.in_([document.id for document in batch.finished])
        key = connection.scalar(select(schema.ledger.c.batch).where(mine))
    return write_batch(engine, key or "no-batch", batch, FINISHED_AT)


def everything(engine: Engine) -> dict[str, list[Any]]:
    """The rows of all tables, but for the times at which they were written."""
    with engine.connect() as connection:
        return {
            table.name: [
                {name: value for name, value in row.items() if not name.endswith("_at")}
                for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in schema.metadata.sorted_tables
        }


def test_each_document_stands_where_it_belongs(engine: Engine, ledger: Ledger, ids: list[str]) -> None:
    write(engine, tables({ids[0]: verdict(), ids[1]: doubtful(), ids[2]: REJECTION}))
    written = read_batch(engine, ids)
    assert [(row["document_id"], row["total"]) for row in written.documents] == [(ids[0], Decimal("12.50"))]
    assert [(row["document_id"], row["position"]) for row in written.line_items] == [(ids[0], 1), (ids[0], 2)]
    assert sorted(written.quarantined) == sorted(ids[1:])
    finished = [ledger.document(id_) for id_ in ids]
    assert [document.state for document in finished if document] == ["accepted", "needs_review", "rejected"]
    assert [document.reason for document in finished if document] == [None, None, REJECTION]
    assert {document.finished_at for document in finished if document} == {FINISHED_AT}


def test_the_same_batch_twice_leaves_the_same_rows(engine: Engine, ids: list[str]) -> None:
    batch = tables({ids[0]: verdict(), ids[1]: doubtful(), ids[2]: REJECTION})
    write(engine, batch)
    once = everything(engine)
    write(engine, batch)
    assert everything(engine) == once


def test_one_bad_row_and_nothing_is_written(engine: Engine, ids: list[str]) -> None:
    write(engine, tables({ids[0]: verdict("1.00")}))
    before = everything(engine)
    batch = tables({ids[0]: verdict("2.00"), ids[1]: verdict(), ids[2]: REJECTION})
    with pytest.raises(IntegrityError):
        write(engine, batch._replace(line_items=[{**batch.line_items[0], "description": None}]))
    assert everything(engine) == before


def test_a_document_moves_between_tables_and_quarantine(engine: Engine, ids: list[str]) -> None:
    document = ids[0]
    for result, in_tables in ((doubtful(), 0), (verdict(), 1), (REJECTION, 0), (verdict(), 1)):
        write(engine, tables({document: result}))
        written = read_batch(engine, ids)
        assert (len(written.documents), len(written.line_items)) == (in_tables, 2 * in_tables)
        assert len(written.quarantined) == 1 - in_tables


def test_other_batches_are_left_alone(engine: Engine, ids: list[str]) -> None:
    write(engine, tables({ids[0]: verdict(), ids[1]: doubtful()}))
    write(engine, tables({ids[2]: verdict()}))
    written = read_batch(engine, ids)
    assert {row["document_id"] for row in written.documents} == {ids[0], ids[2]}
    assert written.quarantined == [ids[1]]


def test_an_empty_batch_writes_nothing(engine: Engine, ids: list[str]) -> None:
    before = everything(engine)
    write(engine, tables({}))
    assert everything(engine) == before


def test_what_is_absent_is_null_to_sql(engine: Engine, ids: list[str]) -> None:
    """People ask these tables with SQL, where JSON's null is not NULL."""
    write(engine, tables({ids[0]: verdict(), ids[1]: REJECTION}))
    with engine.connect() as connection:
        without_reason = connection.scalars(
            text("SELECT id FROM ledger WHERE finished_at IS NOT NULL AND reason IS NULL")
        )
        assert list(without_reason) == [ids[0]]
        assert list(connection.scalars(text("SELECT document_id FROM quarantine WHERE verdict IS NULL"))) == [ids[1]]


def test_a_verdict_comes_back_as_it_was(engine: Engine, ids: list[str]) -> None:
    write(engine, tables({ids[0]: verdict(), ids[1]: doubtful(), ids[2]: REJECTION}))
    assert load_verdict(engine, ids[0]) == verdict()
    assert load_verdict(engine, ids[1]) == doubtful()
    assert load_verdict(engine, ids[2]) is None
    assert load_verdict(engine, "none") is None


def test_the_outcome_tells_what_is_known_of_a_document(engine: Engine, ledger: Ledger, ids: list[str]) -> None:
    def outcome(id_: str) -> Outcome:
        document = ledger.document(id_)
        assert document is not None
        return load_outcome(engine, document, result_seconds=60)

    assert outcome(ids[0]) == Outcome(id=ids[0], file="a", state=State.WAITING)
    write(engine, tables({ids[0]: verdict(), ids[1]: doubtful(), ids[2]: REJECTION}))
    accepted, review, rejected = (outcome(id_) for id_ in ids)
    assert (accepted.state, accepted.fields["total"], accepted.seconds) == ("accepted", "12.50", {"raw_images": 0.25})
    assert (review.state, review.reasons) == ("needs_review", doubtful().reasons)
    assert (rejected.state, rejected.error, rejected.fields) == ("rejected", REJECTION, {})
    assert {accepted.expires_at, rejected.expires_at} == {FINISHED_AT + timedelta(seconds=60)}


def test_what_left_the_batch_meanwhile_is_not_ended_by_it(engine: Engine, ledger: Ledger, ids: list[str]) -> None:
    other, _ = ledger.register_batch([Arrival(file="d", object_key="d", etag="e", size=1)])
    with engine.begin() as connection:
        key = connection.execute(select(schema.ledger.c.batch).where(schema.ledger.c.id == ids[0])).scalar_one()
        connection.execute(schema.ledger.update().where(schema.ledger.c.id == ids[1]).values(batch=other))

    settled = write_batch(engine, key, tables(dict.fromkeys(ids, verdict())), FINISHED_AT)

    assert settled.unwanted == {ids[1]}
    states = [document.state for id_ in ids if (document := ledger.document(id_))]
    assert states == [State.ACCEPTED, State.WAITING, State.ACCEPTED]
