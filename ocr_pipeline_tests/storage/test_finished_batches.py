from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select, update

from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.storage.finished_batches import bring_back, choose_batches
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.schema import batches


def finished(ledger: Ledger) -> str:
    key, _ = ledger.register_batch([Arrival(file="a", object_key="a", etag="e", size=1)])
    ledger.reject_unfinished(key, Rejection.of(ErrorCode.EMPTY_FILE), "1")
    return key


def test_a_batch_is_as_old_as_its_key_says(engine: Engine, ledger: Ledger) -> None:
    key = finished(ledger)
    closed = datetime.strptime(key.split("_")[0], "%Y-%m-%dT%H-%M-%SZ").replace(tzinfo=UTC)
    second = timedelta(seconds=1)

    assert [batch.key for batch in choose_batches(engine, since=closed, until=closed + second, limit=9)] == [key]
    assert choose_batches(engine, since=closed + second, limit=9) == []
    assert choose_batches(engine, until=closed, limit=9) == []


def test_what_retention_took_away_is_due_again(engine: Engine, ledger: Ledger) -> None:
    key = finished(ledger)
    gone = {"retired_at": datetime.now(UTC), "cleared_at": datetime.now(UTC)}
    with engine.begin() as connection:
        connection.execute(update(batches).where(batches.c.key == key).values(gone))

    bring_back(engine, [key])

    with engine.connect() as connection:
        assert connection.execute(select(batches.c.retired_at, batches.c.cleared_at)).all() == [(None, None)]
