"""The ledger: one row for every file that ever arrived, from the moment it arrives to its final state."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine, RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert
from uuid6 import uuid7

from ocr_pipeline.documents.model import Rejection, State
from ocr_pipeline.storage.schema import batches, ledger


class Arrival(NamedTuple):
    """A file in the bucket that the ledger may not know yet."""

    file: str
    object_key: str
    etag: str
    size: int
    """Bytes."""


class LedgerDocument(NamedTuple):
    id: str
    file: str
    object_key: str
    size: int
    """Bytes."""
    batch: str | None
    state: State
    sha256: str | None
    reason: Rejection | None
    seconds: dict[str, float]
    arrived_at: datetime
    finished_at: datetime | None


class Finished(NamedTuple):
    """A document's final state."""

    id: str
    state: State
    reason: Rejection | None
    seconds: dict[str, float]


class BatchStatus(NamedTuple):
    key: str
    closed_at: datetime
    documents: list[LedgerDocument]


class Ledger:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def register(self, arrivals: Iterable[Arrival]) -> list[str]:
        """Enters the files that are new, by key and ETag; returns the ids of those."""
        rows = [{"id": str(uuid7()), "state": State.WAITING, **arrival._asdict()} for arrival in arrivals]
        if not rows:
            return []
        statement = insert(ledger).values(rows).on_conflict_do_nothing().returning(ledger.c.id)
        with self._engine.begin() as connection:
            return list(connection.scalars(statement))

    def register_batch(self, arrivals: Sequence[Arrival]) -> tuple[str, list[str]]:
        """Enters files as a batch of their own, in one transaction; returns its key and the documents' ids.

        The batch counts as asked for: the caller launches its run now. Callers give every upload a key of its own;
        raises IntegrityError for a file that is in the ledger already.
        """
        now = datetime.now(UTC)
        ids = [str(uuid7()) for _ in arrivals]
        with self._engine.begin() as connection:
            key = _insert_batch(connection, now, requested_at=now)
            connection.execute(
                insert(ledger),
                [
                    {"id": id_, "state": State.WAITING, "batch": key, **arrival._asdict()}
                    for id_, arrival in zip(ids, arrivals, strict=True)
                ],
            )
        return key, ids

    def close_batches(self, size: int, seconds: float) -> list[str]:
        """Puts waiting documents, oldest first, into batches of `size`; the rest too once one waited `seconds`.

        Returns the keys of the new batches.
        """
        keys = []
        while (key := self._close_batch(size, seconds)) is not None:
            keys.append(key)
        return keys

    def _close_batch(self, size: int, seconds: float) -> str | None:
        now = datetime.now(UTC)
        with self._engine.begin() as connection:
            waiting = connection.execute(
                select(ledger.c.id, ledger.c.arrived_at)
                .where(ledger.c.batch.is_(None))
                .order_by(ledger.c.arrived_at, ledger.c.id)
                .limit(size)
                .with_for_update(skip_locked=True)
            ).all()
            if not waiting:
                return None
            if len(waiting) < size and now - waiting[0].arrived_at < timedelta(seconds=seconds):
                return None
            key = _insert_batch(connection, now)
            connection.execute(update(ledger).where(ledger.c.id.in_([row.id for row in waiting])).values(batch=key))
            return key

    def take_unstarted_batches(self, again_after_seconds: float, limit: int = 100) -> list[str]:
        """Batches without a run, oldest first; those asked for less than `again_after_seconds` ago are left out.

        The time of asking is noted, so that whoever asks next does not get them again at once, and gets them
        later if no run came of it.
        """
        now = datetime.now(UTC)
        chosen = (
            select(batches.c.key)
            .where(batches.c.started_at.is_(None))
            .where(
                batches.c.requested_at.is_(None)
                | (batches.c.requested_at < now - timedelta(seconds=again_after_seconds))
            )
            .order_by(batches.c.closed_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with self._engine.begin() as connection:
            # Not as a subquery of the update: Postgres may run that more than once, and then takes more than `limit`.
            keys = list(connection.scalars(chosen))
            connection.execute(update(batches).where(batches.c.key.in_(keys)).values(requested_at=now))
            return keys

    def hand_over(self, batch: str) -> None:
        """Leaves the batch to whoever takes unstarted batches next: its run could not be launched."""
        with self._engine.begin() as connection:
            connection.execute(update(batches).where(batches.c.key == batch).values(requested_at=None))

    def start_batch(self, batch: str) -> list[LedgerDocument]:
        """Notes that a run began and returns the batch's documents; those in a final state keep it until the end."""
        with self._engine.begin() as connection:
            connection.execute(
                update(batches)
                .where(batches.c.key == batch)
                .values(started_at=func.coalesce(batches.c.started_at, func.now()))
            )
            connection.execute(
                update(ledger)
                .where(ledger.c.batch == batch, ledger.c.state == State.WAITING)
                .values(state=State.PROCESSING)
            )
        return self.batch_documents(batch)

    def set_sha256(self, hashes: dict[str, str]) -> None:
        """Notes the content hash of documents by id."""
        with self._engine.begin() as connection:
            for document_id, sha256 in hashes.items():
                connection.execute(update(ledger).where(ledger.c.id == document_id).values(sha256=sha256))

    def batch_documents(self, batch: str) -> list[LedgerDocument]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(ledger).where(ledger.c.batch == batch).order_by(ledger.c.id))
            return [_document(row) for row in rows.mappings()]

    def document(self, document_id: str) -> LedgerDocument | None:
        with self._engine.connect() as connection:
            row = connection.execute(select(ledger).where(ledger.c.id == document_id)).mappings().first()
            return None if row is None else _document(row)

    def documents_of(self, object_keys: Sequence[str]) -> list[LedgerDocument]:
        """The rows of the files with these keys."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(ledger).where(ledger.c.object_key.in_(object_keys)))
            return [_document(row) for row in rows.mappings()]

    def batch(self, key: str) -> BatchStatus | None:
        with self._engine.connect() as connection:
            closed_at = connection.scalar(select(batches.c.closed_at).where(batches.c.key == key))
        return None if closed_at is None else BatchStatus(key, closed_at, self.batch_documents(key))

    def reject_unfinished(self, batch: str, reason: Rejection) -> list[LedgerDocument]:
        """Gives those documents of a batch that have no final state the state `rejected`, and returns them."""
        statement = (
            update(ledger)
            .where(ledger.c.batch == batch, ledger.c.state.in_([State.WAITING, State.PROCESSING]))
            .values(state=State.REJECTED, reason=reason.model_dump(mode="json"), finished_at=func.now())
            .returning(*ledger.c)
        )
        with self._engine.begin() as connection:
            return [_document(row) for row in connection.execute(statement).mappings()]


def finish(connection: Connection, finished: Iterable[Finished]) -> None:
    """Enters final states, within the caller's transaction."""
    for document in finished:
        connection.execute(
            update(ledger)
            .where(ledger.c.id == document.id)
            .values(
                state=document.state,
                reason=document.reason.model_dump(mode="json") if document.reason else None,
                seconds=document.seconds,
                finished_at=func.now(),
            )
        )


def _insert_batch(connection: Connection, now: datetime, requested_at: datetime | None = None) -> str:
    """A key sorts by time, and its tail keeps two batches of one second apart."""
    key = f"{now:%Y-%m-%dT%H-%M-%SZ}_{uuid7().hex[-6:]}"
    connection.execute(insert(batches).values(key=key, closed_at=now, requested_at=requested_at))
    return key


def _document(row: RowMapping) -> LedgerDocument:
    return LedgerDocument(
        id=row["id"],
        file=row["file"],
        object_key=row["object_key"],
        size=row["size"],
        batch=row["batch"],
        state=State(row["state"]),
        sha256=row["sha256"],
        reason=Rejection.model_validate(row["reason"]) if row["reason"] else None,
        seconds=row["seconds"],
        arrived_at=row["arrived_at"],
        finished_at=row["finished_at"],
    )
