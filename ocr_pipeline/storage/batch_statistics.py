"""What became of each batch, in numbers: written at the end of its run, read by checks, roll-ups and the launchpad."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, RowMapping, select
from sqlalchemy.dialects.postgresql import insert

from ocr_pipeline.storage.ledger_rows import Lane
from ocr_pipeline.storage.schema import batch_statistics


class BatchStatistics(NamedTuple):
    """Counts are of documents, where nothing else is said."""

    batch: str
    tenant: str
    lane: Lane
    finished_at: datetime
    documents: int
    pages: int
    accepted: int
    needs_review: int
    rejected: int
    valid: int
    """Documents with a valid output. A file that is refused with a code is one too; one that failed is not."""
    confidence: float | None
    """Mean of those that have one."""
    with_sums: int
    """With at least one sum to check."""
    reconciled: int
    """Of these, those in which all sums agree."""
    duplicates: int
    filled: Mapping[str, int]
    """By field name: in how many it has a value."""
    seconds: Mapping[str, float]
    """By stage."""
    versions: Mapping[str, str]
    """By stage, those in force when the batch ended."""


def save(connection: Connection, statistics: BatchStatistics) -> None:
    """Replaces those of an earlier run, within the caller's transaction."""
    row = statistics._asdict()
    enter = insert(batch_statistics).values(row)
    replace = {name: enter.excluded[name] for name in row if name != "batch"}
    connection.execute(enter.on_conflict_do_update(index_elements=[batch_statistics.c.batch], set_=replace))


def load(engine: Engine, batch: str) -> BatchStatistics | None:
    with engine.connect() as connection:
        row = connection.execute(select(batch_statistics).where(batch_statistics.c.batch == batch)).mappings().first()
        return None if row is None else _statistics(row)


def latest(engine: Engine, tenant: str, lane: Lane, count: int, without: str) -> list[BatchStatistics]:
    """Those of the `count` batches that ended last, the newest first, `without` a batch."""
    mine = select(batch_statistics).where(
        batch_statistics.c.tenant == tenant, batch_statistics.c.lane == lane, batch_statistics.c.batch != without
    )
    with engine.connect() as connection:
        rows = connection.execute(mine.order_by(batch_statistics.c.finished_at.desc()).limit(count))
        return [_statistics(row) for row in rows.mappings()]


def _statistics(row: RowMapping) -> BatchStatistics:
    return BatchStatistics(**{**row, "lane": Lane(row["lane"])})
