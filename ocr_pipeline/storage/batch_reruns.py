"""Re-runs: failed documents go back to where they were when their batch was closed, and the batch runs once more."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, select, update

from ocr_pipeline.documents.model import State
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.ledger_rows import Lane
from ocr_pipeline.storage.schema import batches, beginnings, ledger, quarantine


class Reopened(NamedTuple):
    ids: list[str]
    """Of the documents that wait again."""
    total: int
    """Documents that the batch's run will look at."""


def reopen_batch(engine: Engine, batch: str, *, only_retryable: bool) -> Reopened:
    """Makes the batch's rejected documents wait again, or those alone that were rejected for what may pass.

    The batch counts as looked after: the caller launches its run now. Nobody waits for it in particular any more, and
    it is as good as closed now. What stages made of the documents stays, and is used again. With no document to run
    again, nothing changes. Raises PipelineError(NOT_FINISHED) while the batch has unfinished documents.
    """
    now = datetime.now(UTC)
    there = select(ledger.c.id).where(ledger.c.batch == batch, ledger.c.erased_at.is_(None))
    failed = there.where(ledger.c.state == State.REJECTED)
    if only_retryable:
        failed = failed.where(ledger.c.reason["retryable"].as_boolean())
    with engine.begin() as connection:
        # Documents before their batch, and in this order, as all do that end documents: no two wait for each other.
        ids = list(connection.scalars(failed.order_by(ledger.c.id).with_for_update()))
        mine = select(batches.c.finished_at).where(batches.c.key == batch).with_for_update()
        if connection.scalar(mine) is None:
            raise PipelineError(ErrorCode.NOT_FINISHED, kind="batch", id=batch)
        if not ids:
            return Reopened([], 0)
        reopen_documents(connection, ids)
        reopened = {"finished_at": None, "looked_at": now, "closed_at": now, "lane": Lane.BATCH, "faults": 0}
        connection.execute(update(batches).where(batches.c.key == batch).values(reopened))
        return Reopened(ids, len(connection.scalars(there).all()))


def reopen_documents(connection: Connection, ids: Sequence[str]) -> None:
    """Makes finished documents, which the caller holds, wait again; nothing of how they ended is left."""
    for table in (quarantine, beginnings):
        connection.execute(delete(table).where(table.c.document_id.in_(ids)))
    fresh: dict[str, Any] = {
        "state": State.WAITING,
        "reason": None,
        "refusal": None,
        "finished_at": None,
        "versions": {},
    }
    connection.execute(update(ledger).where(ledger.c.id.in_(ids)).values(fresh))
