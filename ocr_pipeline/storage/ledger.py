"""The ledger: one row for every file that ever arrived, from the moment it arrives to its final state."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, RowMapping, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from uuid6 import uuid7

from ocr_pipeline.documents.model import Rejection, ReviewReason, State, Verdict
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.storage.schema import batches, beginnings, ledger, quarantine

_ROWS_AT_ONCE = 1000
"""A statement of many more takes the database driver longer to write than Postgres to carry out."""


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
    etag: str
    size: int
    """Bytes."""
    batch: str | None
    state: State
    sha256: str | None
    refusal: Rejection | None
    """Why intake did not let it in."""
    reason: Rejection | None
    """Why it is rejected."""
    seconds: dict[str, float]
    arrived_at: datetime
    finished_at: datetime | None


class Finished(NamedTuple):
    """A document's final state."""

    id: str
    state: State
    reason: Rejection | None
    seconds: dict[str, float]


class UnfinishedBatch(NamedTuple):
    key: str
    closed_at: datetime


class BatchStatus(NamedTuple):
    key: str
    closed_at: datetime
    documents: list[LedgerDocument]


class Ledger:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def register(self, arrivals: Iterable[Arrival]) -> list[str]:
        """Enters the files that are new, by key and ETag; returns the ids of those.

        A file that was gone when its document was to be read, and is there again, is taken up again.
        """
        found = list(dict.fromkeys(arrivals))
        entered: list[str] = []
        for start in range(0, len(found), _ROWS_AT_ONCE):
            some = found[start : start + _ROWS_AT_ONCE]
            rows = [{"id": str(uuid7()), "state": State.WAITING, **arrival._asdict()} for arrival in some]
            enter = insert(ledger).values(rows).on_conflict_do_nothing().returning(ledger.c.id)
            take_up = (
                update(ledger)
                .where(tuple_(ledger.c.object_key, ledger.c.etag).in_([(row.object_key, row.etag) for row in some]))
                .where(ledger.c.reason["code"].astext == ErrorCode.FILE_MISSING)
                .values(state=State.WAITING, batch=None, reason=None, finished_at=None)
                .returning(ledger.c.id)
            )
            with self._engine.begin() as connection:
                entered += connection.scalars(enter)
                entered += connection.scalars(take_up)
        return entered

    def register_batch(self, arrivals: Sequence[Arrival]) -> tuple[str, list[str]]:
        """Enters files as a batch of their own, in one transaction; returns its key and the documents' ids.

        The batch counts as looked after: the caller launches its run now. Callers give every upload a key of its own;
        raises IntegrityError for a file that is in the ledger already.
        """
        now = datetime.now(UTC)
        ids = [str(uuid7()) for _ in arrivals]
        with self._engine.begin() as connection:
            key = _insert_batch(connection, now, looked_at=now)
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

    def take_unfinished_batches(self, not_since_seconds: float, limit: int = 100) -> list[UnfinishedBatch]:
        """Batches with unfinished documents that nobody looked after for so long, the longest neglected first.

        They count as looked after from now on, so that whoever asks next gets others.
        """
        now = datetime.now(UTC)
        chosen = (
            select(batches.c.key, batches.c.closed_at)
            .where(batches.c.finished_at.is_(None))
            .where(batches.c.looked_at.is_(None) | (batches.c.looked_at < now - timedelta(seconds=not_since_seconds)))
            .order_by(batches.c.looked_at.nulls_first(), batches.c.closed_at, batches.c.key)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with self._engine.begin() as connection:
            # Not as a subquery of the update: Postgres may run that more than once, and then takes more than `limit`.
            found = [UnfinishedBatch(row.key, row.closed_at) for row in connection.execute(chosen)]
            keys = [batch.key for batch in found]
            connection.execute(update(batches).where(batches.c.key.in_(keys)).values(looked_at=now))
        return found

    def hand_over(self, batch: str) -> None:
        """Leaves the batch to whoever takes unfinished batches next: its run could not be launched."""
        with self._engine.begin() as connection:
            connection.execute(update(batches).where(batches.c.key == batch).values(looked_at=None))

    def start_batch(self, batch: str) -> list[LedgerDocument]:
        """The batch's documents; those in a final state keep it until the end of the run."""
        with self._engine.begin() as connection:
            connection.execute(
                update(ledger)
                .where(ledger.c.batch == batch, ledger.c.state == State.WAITING)
                .values(state=State.PROCESSING)
            )
        return self.batch_documents(batch)

    def begin(self, document_id: str, stage: str) -> int:
        """Notes that work on a document begins; returns how often it began since it last came to an end.

        What `end` never follows is work that took its process along: a crash, a kill, lack of memory.
        """
        statement = insert(beginnings).values(document_id=document_id, stage=stage, count=1)
        statement = statement.on_conflict_do_update(
            index_elements=[beginnings.c.document_id, beginnings.c.stage], set_={"count": beginnings.c.count + 1}
        )
        with self._engine.begin() as connection:
            return int(connection.execute(statement.returning(beginnings.c.count)).scalar_one())

    def begun(self, batch: str, stage: str) -> dict[str, int]:
        """The batch's documents on which work began and has not come to an end: how often, by id."""
        statement = (
            select(beginnings.c.document_id, beginnings.c.count)
            .join(ledger, ledger.c.id == beginnings.c.document_id)
            .where(ledger.c.batch == batch, beginnings.c.stage == stage)
        )
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}

    def end(self, document_id: str, stage: str) -> None:
        """Notes that the work came to an end, whichever."""
        with self._engine.begin() as connection:
            connection.execute(
                delete(beginnings).where(beginnings.c.document_id == document_id, beginnings.c.stage == stage)
            )

    def note_intake(self, document_id: str, sha256: str | None, refusal: Rejection | None) -> None:
        """Notes what intake found: the content hash (None where the bytes are out of reach), and a refusal if any."""
        values = {"sha256": sha256, "refusal": refusal.model_dump(mode="json") if refusal else None}
        with self._engine.begin() as connection:
            connection.execute(update(ledger).where(ledger.c.id == document_id).values(values))

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

    def reject_unfinished(self, batch: str, reason: Rejection, version: str) -> list[LedgerDocument]:
        """Gives those documents of a batch that have no final state the state `rejected`, and returns them."""
        reject = (
            update(ledger)
            .where(ledger.c.batch == batch, ledger.c.state.in_([State.WAITING, State.PROCESSING]))
            .values(state=State.REJECTED, reason=reason.model_dump(mode="json"), finished_at=func.now())
            .returning(*ledger.c)
        )
        with self._engine.begin() as connection:
            rejected = [_document(row) for row in connection.execute(reject).mappings()]
            if rejected:
                rows = [quarantine_row(document.id, reason, version) for document in rejected]
                connection.execute(insert(quarantine).on_conflict_do_nothing(), rows)
            connection.execute(update(batches).where(batches.c.key == batch).values(finished_at=func.now()))
        return rejected


def quarantine_row(document_id: str, result: Verdict | Rejection, version: str) -> dict[str, Any]:
    """The row of a document that does not stand in the tables, with the reasons."""
    if isinstance(result, Rejection):
        reasons = [ReviewReason(code=result.code, message=f"{result.message} {result.advice}")]
    else:
        reasons = list(result.reasons)
    return {
        "document_id": document_id,
        "reasons": [reason.model_dump(mode="json") for reason in reasons],
        "verdict": None if isinstance(result, Rejection) else result.model_dump(mode="json"),
        "version": version,
    }


def lock(connection: Connection, document_ids: Sequence[str]) -> None:
    """Makes a second run of the same documents wait until the caller's transaction ends."""
    connection.execute(select(ledger.c.id).where(ledger.c.id.in_(document_ids)).order_by(ledger.c.id).with_for_update())


def finish(connection: Connection, batch: str, finished: Iterable[Finished]) -> None:
    """Enters the final states of a batch's documents, within the caller's transaction."""
    connection.execute(update(batches).where(batches.c.key == batch).values(finished_at=func.now()))
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


def _insert_batch(connection: Connection, now: datetime, looked_at: datetime | None = None) -> str:
    """A key sorts by time, and its tail keeps two batches of one second apart."""
    key = f"{now:%Y-%m-%dT%H-%M-%SZ}_{uuid7().hex[-6:]}"
    connection.execute(insert(batches).values(key=key, closed_at=now, looked_at=looked_at))
    return key


def _document(row: RowMapping) -> LedgerDocument:
    return LedgerDocument(
        id=row["id"],
        file=row["file"],
        object_key=row["object_key"],
        etag=row["etag"],
        size=row["size"],
        batch=row["batch"],
        state=State(row["state"]),
        sha256=row["sha256"],
        refusal=_rejection(row["refusal"]),
        reason=_rejection(row["reason"]),
        seconds=row["seconds"],
        arrived_at=row["arrived_at"],
        finished_at=row["finished_at"],
    )


def _rejection(stored: dict[str, Any] | None) -> Rejection | None:
    return None if stored is None else Rejection.model_validate(stored)
