"""What is cancelled stays cancelled, and what was finished before stays as it is."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select

from ocr_pipeline.documents.model import State
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.cancellation import cancel_batch, cancel_document
from ocr_pipeline.storage.ledger import Ledger, finish, moment
from ocr_pipeline.storage.ledger_rows import Arrival, Finished, LedgerDocument, Sender
from ocr_pipeline.storage.tables import read_batch, write_batch
from ocr_pipeline_tests.storage.made import REJECTION, verdict
from ocr_pipeline_tests.storage.test_tables import tables

HOOK = "https://example.com/hook"


@pytest.fixture
def batch(ledger: Ledger) -> str:
    """Three documents that wait, and somebody who wants to be told when all are done."""
    files = [Arrival(file=name, object_key=name, etag="e", size=1) for name in ("a", "b", "c")]
    return ledger.register_batch(files, Sender("acme", webhook=HOOK))[0]


def documents(ledger: Ledger, batch: str) -> list[LedgerDocument]:
    return ledger.batch_documents(batch)


def finished_at(ledger: Ledger, batch: str) -> object:
    status = ledger.batch(batch)
    assert status is not None
    return status.finished_at


def told(engine: Engine) -> list[tuple[str, str | None, str | None]]:
    deliveries = schema.deliveries.c
    is_about_something = deliveries.document_id.is_not(None) | deliveries.batch.is_not(None)  # else another test's
    with engine.connect() as connection:
        wanted = select(deliveries.event, deliveries.document_id, deliveries.batch).where(is_about_something)
        rows = connection.execute(wanted)
        return [(row.event, row.document_id, row.batch) for row in rows]


def test_a_cancelled_document_is_rejected_at_once(engine: Engine, ledger: Ledger, batch: str) -> None:
    first, *others = documents(ledger, batch)

    assert cancel_document(engine, first.id)

    cancelled = ledger.document(first.id)
    assert cancelled is not None
    assert cancelled.reason is not None
    assert (cancelled.state, cancelled.reason.code) == (State.REJECTED, ErrorCode.CANCELLED)
    assert not cancelled.is_wanted
    assert read_batch(engine, [first.id]).quarantined == [first.id]
    assert [other.state for other in documents(ledger, batch)[1:]] == [State.WAITING] * len(others)
    assert finished_at(ledger, batch) is None
    assert not cancel_document(engine, first.id)
    assert not cancel_document(engine, "none")


def test_whoever_waits_for_a_single_document_is_told(engine: Engine, ledger: Ledger) -> None:
    ledger.register([Arrival("a", "a", "e", 1)], tenant="acme")
    (key,) = ledger.close_batches(size=1, seconds=0)
    (document,) = documents(ledger, key)
    with engine.begin() as connection:
        connection.execute(schema.ledger.update().values(webhook=HOOK))

    assert cancel_document(engine, document.id)

    assert told(engine) == [("document.finished", document.id, None)]
    assert finished_at(ledger, key) is not None


def test_a_document_in_no_batch_is_not_put_into_one(engine: Engine, ledger: Ledger) -> None:
    (id_,) = ledger.register([Arrival("a", "a", "e", 1)])

    assert cancel_document(engine, id_)

    assert ledger.close_batches(size=1, seconds=0) == []


def test_a_batch_ends_with_its_last_document(engine: Engine, ledger: Ledger, batch: str) -> None:
    first, second, third = documents(ledger, batch)
    write_batch(engine, batch, tables({first.id: verdict()}), moment())
    assert finished_at(ledger, batch) is None
    assert told(engine) == []

    assert cancel_batch(engine, batch) == [second.id, third.id]

    assert [document.state for document in documents(ledger, batch)] == ["accepted", "rejected", "rejected"]
    assert finished_at(ledger, batch) is not None
    assert told(engine) == [("batch.finished", None, batch)]
    assert cancel_batch(engine, batch) == []
    assert len(told(engine)) == 1


def test_documents_that_are_cancelled_at_the_same_time_finish_their_batch_once(engine: Engine, ledger: Ledger) -> None:
    files = [Arrival(file=str(number), object_key=str(number), etag="e", size=1) for number in range(40)]
    batch, ids = ledger.register_batch(files, Sender("acme", webhook=HOOK))

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(lambda id_: cancel_document(engine, id_), ids + ids)) == 40

    assert finished_at(ledger, batch) is not None
    assert told(engine) == [("batch.finished", None, batch)]


def test_a_run_changes_nothing_of_what_was_cancelled(engine: Engine, ledger: Ledger, batch: str) -> None:
    first, second, _ = documents(ledger, batch)
    assert cancel_document(engine, first.id)
    before = ledger.document(first.id)

    settled = write_batch(engine, batch, tables({first.id: verdict(), second.id: verdict()}), moment())

    assert settled.unwanted == {first.id}
    assert ledger.document(first.id) == before
    written = read_batch(engine, [first.id, second.id])
    assert [row["document_id"] for row in written.documents] == [second.id]
    assert written.quarantined == [first.id]
    assert settled.verdicts == {}, "what was cancelled is no document that another can say the same as"


def test_whoever_comes_first_wins(engine: Engine, ledger: Ledger) -> None:
    files = [Arrival(file=str(number), object_key=str(number), etag="e", size=1) for number in range(30)]
    batch, ids = ledger.register_batch(files)
    results = tables({id_: REJECTION if place % 2 else verdict() for place, id_ in enumerate(ids)})

    with ThreadPoolExecutor(4) as pool:
        cancelling = [pool.submit(cancel_document, engine, id_) for id_ in ids]
        writing = pool.submit(write_batch, engine, batch, results, moment())
        cancelled = {id_ for id_, one in zip(ids, cancelling, strict=True) if one.result()}

    assert writing.result().unwanted == cancelled
    by_id = {document.id: document for document in documents(ledger, batch)}
    for place, id_ in enumerate(ids):
        reason = by_id[id_].reason
        expected = ErrorCode.CANCELLED if id_ in cancelled else REJECTION.code if place % 2 else None
        assert (reason.code if reason else None) == expected
    assert finished_at(ledger, batch) is not None


def test_a_document_that_was_rejected_before_and_is_on_its_way_again_can_be_cancelled(
    engine: Engine, ledger: Ledger, batch: str
) -> None:
    first, *_ = documents(ledger, batch)
    write_batch(engine, batch, tables({first.id: REJECTION}), moment())
    with engine.begin() as connection:
        again = schema.ledger.update().where(schema.ledger.c.id == first.id)
        connection.execute(again.values(state=State.WAITING, reason=None, finished_at=None))

    assert cancel_document(engine, first.id)

    with engine.connect() as connection:
        reasons = connection.scalar(select(schema.quarantine.c.reasons))
    assert [reason["code"] for reason in reasons or ()] == ["cancelled"]


def test_what_a_run_finished_is_not_cancelled(engine: Engine, ledger: Ledger, batch: str) -> None:
    first, *_ = documents(ledger, batch)
    with engine.begin() as connection:
        finish(connection, batch, [Finished(first.id, State.ACCEPTED, None, {})], moment())

    assert not cancel_document(engine, first.id)

    document = ledger.document(first.id)
    assert document is not None
    assert document.state is State.ACCEPTED
