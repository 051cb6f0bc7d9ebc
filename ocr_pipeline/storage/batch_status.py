"""How far batches are, in a few small queries however many documents they hold. Erased documents count nowhere."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, and_, func, select

from ocr_pipeline.documents.model import State
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.storage.schema import batches, ledger


class BatchOverview(NamedTuple):
    key: str
    closed_at: datetime
    """Since when nothing is added to it; or when it was last run again."""
    finished_at: datetime | None
    counts: dict[State, int]
    """Documents by state; a state without documents is absent."""


class BatchItem(NamedTuple):
    id: str
    file: str
    state: State
    error: ErrorCode | None
    """Why it is rejected."""


def find_batch(engine: Engine, tenant: str, key: str) -> BatchOverview | None:
    """None where the tenant has no such batch."""
    wanted = select(batches.c.key, batches.c.closed_at, batches.c.finished_at)
    # One moment for all queries: counts and end belong together.
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        row = connection.execute(wanted.where(batches.c.key == key, batches.c.tenant == tenant)).first()
        return None if row is None else BatchOverview(*row, counts=_counts(connection, [key])[key])


def list_batches(engine: Engine, tenant: str, before: str | None, limit: int) -> list[BatchOverview]:
    """The newest first, of those that are older than the batch `before`."""
    wanted = select(batches.c.key, batches.c.closed_at, batches.c.finished_at).where(batches.c.tenant == tenant)
    if before is not None:
        wanted = wanted.where(batches.c.key < before)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        rows = connection.execute(wanted.order_by(batches.c.key.desc()).limit(limit)).all()
        counts = _counts(connection, [row.key for row in rows])
        return [BatchOverview(*row, counts=counts[row.key]) for row in rows]


def batch_items(engine: Engine, key: str, after: str | None, limit: int | None) -> list[BatchItem]:
    """The batch's documents in the order in which they came, from the one behind `after`."""
    columns = select(ledger.c.id, ledger.c.file, ledger.c.state, ledger.c.reason["code"].astext)
    wanted = columns.where(ledger.c.batch == key, ledger.c.erased_at.is_(None))
    if after is not None:
        wanted = wanted.where(ledger.c.id > after)
    with engine.connect() as connection:
        return [
            BatchItem(id_, file, State(state), None if code is None else ErrorCode(code))
            for id_, file, state, code in connection.execute(wanted.order_by(ledger.c.id).limit(limit))
        ]


def is_finished(engine: Engine, key: str) -> bool:
    """Whether all its documents are in a final state."""
    with engine.connect() as connection:
        return connection.scalar(select(batches.c.finished_at).where(batches.c.key == key)) is not None


def _counts(connection: Connection, keys: Sequence[str]) -> defaultdict[str, dict[State, int]]:
    counted = (
        select(ledger.c.batch, ledger.c.state, func.count())
        .where(and_(ledger.c.batch.in_(keys), ledger.c.erased_at.is_(None)))
        .group_by(ledger.c.batch, ledger.c.state)
        .order_by(ledger.c.state)
    )
    counts: defaultdict[str, dict[State, int]] = defaultdict(dict)
    for key, state, count in connection.execute(counted):
        counts[key][State(state)] = count
    return counts
