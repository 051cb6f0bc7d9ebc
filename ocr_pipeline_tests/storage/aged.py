"""Batches that were finished some days ago."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select, update

from ocr_pipeline.documents.model import State
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival

NOW = datetime.now(UTC)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def aged_batch(engine: Engine, days: float, arrivals: Sequence[Arrival]) -> str:
    """A batch of these files, all accepted, that was finished so many days ago."""
    key, ids = Ledger(engine).register_batch(arrivals)
    age(engine, key, days)
    with engine.begin() as connection:
        accept = update(schema.ledger).where(schema.ledger.c.id.in_(ids))
        connection.execute(accept.values(state=State.ACCEPTED))
    return key


def age(engine: Engine, key: str, days: float) -> None:
    """Makes a batch and its documents look finished so many days ago."""
    ended = {"finished_at": days_ago(days)}
    with engine.begin() as connection:
        connection.execute(update(schema.batches).where(schema.batches.c.key == key).values(ended))
        connection.execute(update(schema.ledger).where(schema.ledger.c.batch == key).values(ended))


def marks(engine: Engine, key: str) -> tuple[bool, bool]:
    """Whether the batch is retired, and whether it is cleared."""
    wanted = select(schema.batches.c.retired_at, schema.batches.c.cleared_at).where(schema.batches.c.key == key)
    with engine.connect() as connection:
        retired_at, cleared_at = connection.execute(wanted).one()
    return retired_at is not None, cleared_at is not None
