"""Finished batches, as somebody chooses them to be run again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Engine, select, update

from ocr_pipeline.storage.schema import batch_statistics, batches


class FinishedBatch(NamedTuple):
    key: str
    tenant: str
    documents: int | None
    """None where nothing was counted when it ended."""
    versions: Mapping[str, str] | None
    """By stage, those in force when it ended; None where they were not noted."""


def choose_batches(
    engine: Engine,
    *,
    keys: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    tenant: str | None = None,
    other_than: Mapping[str, str] | None = None,
    limit: int,
) -> list[FinishedBatch]:
    """Finished batches, the newest first: those of all these conditions that are given.

    A batch is as old as its key says, from `since` on and before `until`. `other_than` are versions of all stages: a
    batch that ended under just these is not meant; one of which the versions are unknown is.
    """
    columns = select(batches.c.key, batches.c.tenant, batch_statistics.c.documents, batch_statistics.c.versions)
    wanted = columns.outerjoin_from(batches, batch_statistics, batch_statistics.c.batch == batches.c.key).where(
        batches.c.finished_at.is_not(None)
    )
    if keys:
        wanted = wanted.where(batches.c.key.in_(keys))
    if since is not None:
        wanted = wanted.where(batches.c.key >= _first_key(since))
    if until is not None:
        wanted = wanted.where(batches.c.key < _first_key(until))
    if tenant is not None:
        wanted = wanted.where(batches.c.tenant == tenant)
    if other_than is not None:
        wanted = wanted.where(batch_statistics.c.versions.is_distinct_from(dict(other_than)))
    with engine.connect() as connection:
        rows = connection.execute(wanted.order_by(batches.c.key.desc()).limit(limit))
        return [FinishedBatch(*row) for row in rows]


def not_finished(engine: Engine, keys: Collection[str]) -> list[str]:
    """Those of the keys under which there is no finished batch."""
    finished = select(batches.c.key).where(batches.c.key.in_(keys), batches.c.finished_at.is_not(None))
    with engine.connect() as connection:
        return sorted(set(keys) - set(connection.scalars(finished)))


def bring_back(engine: Engine, keys: Collection[str]) -> None:
    """Notes that these batches are partitions of Dagster's again, and will have stage outputs again."""
    with engine.begin() as connection:
        connection.execute(update(batches).where(batches.c.key.in_(keys)).values(retired_at=None, cleared_at=None))


def _first_key(moment: datetime) -> str:
    """Where the keys of batches begin that were closed at this moment, or later."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H-%M-%SZ}"
