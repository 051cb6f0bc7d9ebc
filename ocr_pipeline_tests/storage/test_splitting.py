"""Batches that fail are halved, and no document is lost or doubled by it."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from ocr_pipeline.documents.model import State
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.ledger import Ledger, finish, moment
from ocr_pipeline.storage.ledger_rows import Arrival, Finished, Lane, Sender
from ocr_pipeline.storage.splitting import Fault, count_fault, split


def batch_of(ledger: Ledger, count: int) -> tuple[str, list[str]]:
    return ledger.register_batch([Arrival(f"{n}", f"splitting/{n}", "e", 1) for n in range(count)], Sender("acme"))


def end(engine: Engine, batch: str, ids: list[str]) -> None:
    with engine.begin() as connection:
        finish(connection, batch, [Finished(id_, State.ACCEPTED, None, {}) for id_ in ids], moment())


def ids_of(ledger: Ledger, batch: str) -> list[str]:
    return [document.id for document in ledger.batch_documents(batch)]


def test_faults_are_counted_until_the_batch_is_finished(ledger: Ledger, engine: Engine) -> None:
    batch, ids = batch_of(ledger, 3)
    sent, _ = ledger.register_batch([Arrival("x", "splitting/x", "e", 1)], Sender(subject="ann"))
    assert count_fault(engine, batch) == Fault(1, 3, is_sent=False)
    end(engine, batch, ids[:1])
    assert count_fault(engine, batch) == Fault(2, 2, is_sent=False)
    assert count_fault(engine, sent) == Fault(1, 1, is_sent=True)
    end(engine, batch, ids[1:])
    assert count_fault(engine, batch) is None
    assert count_fault(engine, "none") is None


def test_the_unfinished_documents_move_and_the_rest_is_a_finished_batch(ledger: Ledger, engine: Engine) -> None:
    batch, ids = batch_of(ledger, 6)
    end(engine, batch, ids[:1])

    halves = split(engine, batch)

    assert [ids_of(ledger, half) for half in halves] == [ids[1:3], ids[3:]]
    assert ids_of(ledger, batch) == ids[:1]
    ended = ledger.batch(batch)
    assert ended is not None
    assert ended.finished_at is not None
    with engine.connect() as connection:
        rows = connection.execute(schema.batches.select().where(schema.batches.c.key.in_(halves))).all()
    assert {(row.tenant, row.lane, row.faults, row.looked_at, row.finished_at) for row in rows} == {
        ("acme", Lane.BATCH, 1, None, None)
    }


def test_single_files_that_somebody_waited_for_move_into_the_lane_of_their_new_batch(
    ledger: Ledger, engine: Engine
) -> None:
    batch, ids = batch_of(ledger, 2)
    with engine.begin() as connection:
        for table in (schema.ledger, schema.batches):
            connection.execute(table.update().values(lane=Lane.INTERACTIVE))

    split(engine, batch)

    with engine.connect() as connection:
        lanes = connection.execute(schema.ledger.select().where(schema.ledger.c.id.in_(ids))).all()
    assert {row.lane for row in lanes} == {Lane.BATCH}


def test_one_document_is_not_split(ledger: Ledger, engine: Engine) -> None:
    batch, ids = batch_of(ledger, 2)
    end(engine, batch, ids[:1])

    assert split(engine, batch) == []
    assert ids_of(ledger, batch) == ids


def test_splits_and_ends_at_the_same_time_lose_and_double_none(ledger: Ledger, engine: Engine) -> None:
    batch, ids = batch_of(ledger, 40)

    with ThreadPoolExecutor(8) as pool:
        splits = [pool.submit(split, engine, batch) for _ in range(6)]
        ends = [pool.submit(end, engine, batch, [id_]) for id_ in ids[::2]]
        halves = [key for done in splits for key in done.result()]
        for done in ends:
            done.result()

    assert len(halves) == 2
    assert sorted(id_ for key in [batch, *halves] for id_ in ids_of(ledger, key)) == sorted(ids)
