"""How much work there is, and how it goes, in numbers that cost the same at a million documents as at a thousand."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine, func, select

from ocr_pipeline.storage.schema import batch_statistics, batches, ledger

_MOST_COUNTED = 10_000
"""Batches: more are told as so many."""


class UnfinishedBatches(NamedTuple):
    batches: int
    oldest: datetime | None
    """When it was closed, or made to run again."""
    faults: int
    """Runs of theirs that failed though nothing was down."""


class RecentBatches(NamedTuple):
    """Those that were finished lately."""

    batches: int
    documents: int
    rejected: int
    faults: int


def oldest_unfinished(engine: Engine) -> datetime | None:
    """When the document arrived that has been unfinished for longest. Ids grow with time, and an index has these."""
    oldest = select(ledger.c.arrived_at).where(ledger.c.finished_at.is_(None)).order_by(ledger.c.id).limit(1)
    with engine.connect() as connection:
        return connection.scalar(oldest)


def unfinished_batches(engine: Engine) -> UnfinishedBatches:
    some = (
        select(batches.c.closed_at, batches.c.faults)
        .where(batches.c.finished_at.is_(None))
        .order_by(batches.c.looked_at.nulls_first())
        .limit(_MOST_COUNTED)
        .subquery()
    )
    wanted = select(func.count(), func.min(some.c.closed_at), func.coalesce(func.sum(some.c.faults), 0))
    with engine.connect() as connection:
        return UnfinishedBatches(*connection.execute(wanted).one())


def recent_batches(engine: Engine, since: timedelta) -> RecentBatches:
    """The newest of them, where they are very many."""
    ended = (
        select(batches.c.key, batches.c.faults)
        # An index has those whose partition Dagster still knows, by their end.
        .where(batches.c.retired_at.is_(None), batches.c.finished_at > func.now() - since)
        .order_by(batches.c.finished_at.desc())
        .limit(_MOST_COUNTED)
        .subquery()
    )
    counts = (
        func.count(),
        *(
            func.coalesce(func.sum(column), 0)
            for column in (batch_statistics.c.documents, batch_statistics.c.rejected, ended.c.faults)
        ),
    )
    joined = ended.outerjoin(batch_statistics, batch_statistics.c.batch == ended.c.key)
    with engine.connect() as connection:
        return RecentBatches(*connection.execute(select(*counts).select_from(joined)).one())
