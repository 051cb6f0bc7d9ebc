"""Batches whose runs fail for no reason outside: they are halved until it is clear which document is to blame."""

from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Engine, func, select, update

from ocr_pipeline.storage.ledger import finish_batch_if_done, insert_batch, moment
from ocr_pipeline.storage.ledger_rows import Lane, Sender
from ocr_pipeline.storage.schema import batches, ledger


class Fault(NamedTuple):
    """How a batch stands after one more of its runs failed."""

    faults: int
    """Runs that failed like that; a half begins with one."""
    unfinished: int
    """Documents without a final state."""
    is_sent: bool
    """Somebody sent it as a batch, and asks for it by its key."""


def count_fault(engine: Engine, batch: str) -> Fault | None:
    """Counts a run that failed; None where the batch is finished by now, or there is none."""
    more = (
        update(batches)
        .where(batches.c.key == batch, batches.c.finished_at.is_(None))
        .values(faults=batches.c.faults + 1)
        .returning(batches.c.faults, batches.c.subject)
    )
    unfinished = select(func.count()).where(ledger.c.batch == batch, ledger.c.finished_at.is_(None))
    with engine.begin() as connection:
        row = connection.execute(more).first()
        if row is None:
            return None
        return Fault(row.faults, connection.execute(unfinished).scalar_one(), is_sent=row.subject is not None)


def split(engine: Engine, batch: str) -> list[str]:
    """Moves the unfinished documents of a batch into two new ones; returns their keys.

    Nothing happens where fewer than two are unfinished. Nobody has looked after the new batches yet, and nobody waits
    for them in particular: the inbox sensor launches their runs. The batch itself is finished with what is left.
    """
    now = datetime.now(UTC)
    with engine.begin() as connection:
        # In the order in which others lock them, and before their batch, so that no two wait for each other.
        mine = select(ledger.c.id).where(ledger.c.batch == batch, ledger.c.finished_at.is_(None))
        ids = connection.scalars(mine.order_by(ledger.c.id).with_for_update()).all()
        if len(ids) < 2:
            return []
        tenant = connection.execute(select(batches.c.tenant).where(batches.c.key == batch)).scalar_one()
        keys = []
        for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
            key = insert_batch(connection, now, Sender(tenant), Lane.BATCH)
            connection.execute(update(batches).where(batches.c.key == key).values(faults=1))
            connection.execute(update(ledger).where(ledger.c.id.in_(half)).values(batch=key, lane=Lane.BATCH))
            keys.append(key)
        finish_batch_if_done(connection, batch, moment())
        return keys
