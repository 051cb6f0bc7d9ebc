"""The ledger: one row for every file that ever arrived, from the moment it arrives to its final state."""

import json
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from uuid6 import uuid7

from ocr_pipeline.documents.model import Rejection, ReviewReason, State, Verdict
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.storage import outbox
from ocr_pipeline.storage.database import NEED_NOT_LAST, single_statements
from ocr_pipeline.storage.idempotency import Claim, settle
from ocr_pipeline.storage.ledger_rows import (
    DEFAULT_TENANT,
    NOBODY,
    Arrival,
    BatchStatus,
    Finished,
    Lane,
    LedgerDocument,
    Sender,
    UnfinishedBatch,
    document_of,
)
from ocr_pipeline.storage.schema import batches, ledger, quarantine

_ROWS_AT_ONCE = 1000
"""A statement of many more takes the database driver longer to write than Postgres to carry out."""
_WAITING = and_(ledger.c.batch.is_(None), ledger.c.finished_at.is_(None))
"""In no batch yet."""
IS_WANTED = and_(func.coalesce(ledger.c.reason["code"].astext, "") != ErrorCode.CANCELLED, ledger.c.erased_at.is_(None))
_STUCK_AFTER = timedelta(minutes=5)
"""An interactive batch that is unfinished after so long leaves its place in the lane to the next."""


class Ledger:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._single = single_statements(engine)

    def register(self, arrivals: Iterable[Arrival], tenant: str = DEFAULT_TENANT) -> list[str]:
        """Enters the files of the inbox that are new, by key and ETag; returns the ids of those.

        A file that was gone when its document was to be read, and is there again, is taken up again.
        """
        found = list(dict.fromkeys(arrivals))
        return [
            id_
            for start in range(0, len(found), _ROWS_AT_ONCE)
            for id_ in self._register(found[start : start + _ROWS_AT_ONCE], tenant)
        ]

    def _register(self, arrivals: Sequence[Arrival], tenant: str) -> list[str]:
        # Most files that a listing shows are known: they are looked up, and cost no write.
        known = self._reasons(arrivals)
        new = [arrival for arrival in arrivals if (arrival.object_key, arrival.etag) not in known]
        back = [file for file, reason in known.items() if reason == ErrorCode.FILE_MISSING]
        entered: list[str] = []
        if not new and not back:
            return entered
        with self._engine.begin() as connection:
            if new:
                rows = [
                    {"id": str(uuid7()), "state": State.WAITING, "tenant": tenant, **arrival._asdict()}
                    # In one order, so that no two who enter the same files wait for each other.
                    for arrival in sorted(new, key=lambda arrival: (arrival.object_key, arrival.etag))
                ]
                enter = insert(ledger).values(rows).on_conflict_do_nothing().returning(ledger.c.id)
                entered += connection.scalars(enter)
            if back:
                take_up = (
                    update(ledger)
                    .where(tuple_(ledger.c.object_key, ledger.c.etag).in_(back))
                    .where(ledger.c.reason["code"].astext == ErrorCode.FILE_MISSING)
                    .values(state=State.WAITING, batch=None, reason=None, finished_at=None)
                    .returning(ledger.c.id)
                )
                entered += connection.scalars(take_up)
        return entered

    def _reasons(self, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], str | None]:
        """The code with which they were rejected, or None, of those of the files that are in the ledger."""
        files = {(arrival.object_key, arrival.etag) for arrival in arrivals}
        by_key = select(ledger.c.object_key, ledger.c.etag, ledger.c.reason["code"].astext).where(
            ledger.c.object_key.in_([arrival.object_key for arrival in arrivals])
        )
        with self._single.connect() as connection:
            rows = connection.execute(by_key).all()
        return {(key, etag): reason for key, etag, reason in rows if (key, etag) in files}

    def register_batch(
        self, arrivals: Sequence[Arrival], sender: Sender = NOBODY, held: Claim | None = None
    ) -> tuple[str, list[str]]:
        """Enters files as a batch of their own, in one transaction; returns its key and the documents' ids.

        The batch counts as looked after: the caller launches its run now. `sender.webhook` is told of the batch, not
        of each document. Settles the claim. Callers give every upload a key of its own; raises IntegrityError for a
        file that is in the ledger already.
        """
        now = datetime.now(UTC)
        rows = [new_row(arrival, sender._replace(webhook=None), Lane.BATCH) for arrival in arrivals]
        with self._engine.begin() as connection:
            key = insert_batch(connection, now, sender, Lane.BATCH, looked_at=now)
            connection.execute(insert(ledger), [{**row, "batch": key} for row in rows])
            if held is not None:
                settle(connection, held, batch=key)
        return key, [row["id"] for row in rows]

    def close_batches(self, size: int, seconds: float, room: int | None = None) -> list[str]:
        """Puts waiting documents, oldest first, into batches of `size`; the rest too once one waited `seconds`.

        A batch holds documents of one tenant and lane. Those that somebody waits for are the API's to put into
        batches: only once one of them waited `seconds`, and none before them is worked on, they are taken here. All
        others make at most `room` batches, in which tenants take turns.
        Returns the keys of the new batches.
        """
        with self._engine.connect() as connection:
            tenants = {lane: _in_turn(connection, lane) for lane in Lane if lane is not Lane.BATCH or room != 0}
            if connection.scalar(select(exists().where(occupies_lane(datetime.now(UTC))))):
                tenants[Lane.INTERACTIVE] = []
        keys = []
        for tenant in tenants[Lane.INTERACTIVE]:
            while (key := self._close_batch(tenant, Lane.INTERACTIVE, size, seconds)) is not None:
                keys.append(key)
        left = deque(tenants.get(Lane.BATCH, []))
        while left and room != 0:
            tenant = left.popleft()
            if (key := self._close_batch(tenant, Lane.BATCH, size, seconds)) is not None:
                keys.append(key)
                left.append(tenant)
                room = None if room is None else room - 1
        return keys

    def open_batches(self, most: int) -> int:
        """Unfinished batches that nobody in particular waits for; counts no more than `most`."""
        some = select(batches.c.key).where(batches.c.finished_at.is_(None), batches.c.lane == Lane.BATCH).limit(most)
        with self._single.connect() as connection:
            return connection.execute(select(func.count()).select_from(some.subquery())).scalar_one()

    def _close_batch(self, tenant: str, lane: Lane, size: int, seconds: float) -> str | None:
        now = datetime.now(UTC)
        with self._engine.begin() as connection:
            waiting = connection.execute(
                select(ledger.c.id, ledger.c.arrived_at)
                .where(_WAITING, ledger.c.tenant == tenant, ledger.c.lane == lane)
                .order_by(ledger.c.arrived_at, ledger.c.id)
                .limit(size)
                .with_for_update(skip_locked=True)
            ).all()
            if not waiting:
                return None
            is_full = len(waiting) == size and lane is Lane.BATCH
            if not is_full and now - waiting[0].arrived_at < timedelta(seconds=seconds):
                return None
            key = insert_batch(connection, now, Sender(tenant), lane)
            connection.execute(update(ledger).where(ledger.c.id.in_([row.id for row in waiting])).values(batch=key))
            return key

    def take_unfinished_batches(self, not_since_seconds: float, limit: int = 100) -> list[UnfinishedBatch]:
        """Batches with unfinished documents that nobody looked after for so long, the longest neglected first.

        They count as looked after from now on, so that whoever asks next gets others.
        """
        now = datetime.now(UTC)
        chosen = (
            select(batches.c.key, batches.c.lane, batches.c.closed_at)
            .where(batches.c.finished_at.is_(None))
            .where(batches.c.looked_at.is_(None) | (batches.c.looked_at < now - timedelta(seconds=not_since_seconds)))
            .order_by(batches.c.looked_at.nulls_first(), batches.c.closed_at, batches.c.key)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with self._engine.begin() as connection:
            # Not as a subquery of the update: Postgres may run that more than once, and then takes more than `limit`.
            found = [UnfinishedBatch(row.key, Lane(row.lane), row.closed_at) for row in connection.execute(chosen)]
            keys = [batch.key for batch in found]
            connection.execute(update(batches).where(batches.c.key.in_(keys)).values(looked_at=now))
        return found

    def hand_over(self, batch: str) -> None:
        """Leaves the batch to whoever takes unfinished batches next: its run could not be launched."""
        with self._engine.begin() as connection:
            connection.execute(update(batches).where(batches.c.key == batch).values(looked_at=None))

    def set_apart(self, batch: str, document_ids: Sequence[str]) -> str | None:
        """Moves unfinished documents of an interactive batch into one in whose lane nobody waits for its turn.

        The inbox sensor launches its run. Returns its key, or None where nothing was moved.
        """
        interactive = select(batches.c.key).where(batches.c.key == batch, batches.c.lane == Lane.INTERACTIVE)
        wanted = select(ledger.c.id, ledger.c.tenant).where(
            ledger.c.batch.in_(interactive), ledger.c.id.in_(document_ids), ledger.c.finished_at.is_(None)
        )
        with self._engine.begin() as connection:
            found = connection.execute(wanted.order_by(ledger.c.id).with_for_update(of=ledger)).all()
            if not found:
                return None
            key = insert_batch(connection, datetime.now(UTC), Sender(found[0].tenant), Lane.BATCH)
            mine = update(ledger).where(ledger.c.id.in_([row.id for row in found]))
            connection.execute(mine.values(batch=key, lane=Lane.BATCH))
            return key

    def start_batch(self, batch: str) -> list[LedgerDocument]:
        """The batch's documents; those in a final state keep it until the end of the run, and erased ones are none."""
        waiting = select(ledger.c.id).where(ledger.c.batch == batch, ledger.c.state == State.WAITING)
        with self._engine.begin() as connection:
            # In the order in which others lock them, so that no two wait for each other.
            ids = connection.scalars(waiting.order_by(ledger.c.id).with_for_update()).all()
            begin = update(ledger).where(ledger.c.id.in_(ids)).values(state=State.PROCESSING)
            connection.execute(begin.returning(NEED_NOT_LAST))
        return self.batch_documents(batch)

    def note_intake(
        self, document_id: str, sha256: str | None, refusal: Rejection | None, pages: int | None = None
    ) -> None:
        """Notes what intake found: the content hash (None where the bytes are out of reach), a refusal or the pages.

        Of a document that was erased meanwhile nothing is noted.
        """
        values = {"sha256": sha256, "refusal": refusal.model_dump(mode="json") if refusal else None, "pages": pages}
        mine = update(ledger).where(ledger.c.id == document_id, ledger.c.erased_at.is_(None))
        with self._single.connect() as connection:
            connection.execute(mine.values(values).returning(NEED_NOT_LAST))

    def batch_documents(self, batch: str) -> list[LedgerDocument]:
        with self._single.connect() as connection:
            mine = select(ledger).where(ledger.c.batch == batch, ledger.c.erased_at.is_(None))
            rows = connection.execute(mine.order_by(ledger.c.id))
            return [document_of(row) for row in rows.mappings()]

    def is_wanted(self, document_id: str) -> bool:
        """False once it was cancelled or erased."""
        with self._single.connect() as connection:
            return bool(connection.scalar(select(IS_WANTED).where(ledger.c.id == document_id)))

    def erased(self, document_ids: Collection[str]) -> set[str]:
        """Those of them that were erased, or that there are not any more."""
        there = select(ledger.c.id).where(ledger.c.id.in_(document_ids), ledger.c.erased_at.is_(None))
        with self._single.connect() as connection:
            return set(document_ids).difference(connection.scalars(there))

    def document(self, document_id: str) -> LedgerDocument | None:
        with self._single.connect() as connection:
            row = connection.execute(select(ledger).where(ledger.c.id == document_id)).mappings().first()
            return None if row is None else document_of(row)

    def documents_of(self, object_keys: Sequence[str]) -> list[LedgerDocument]:
        """The rows of the files with these keys."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(ledger).where(ledger.c.object_key.in_(object_keys)))
            return [document_of(row) for row in rows.mappings()]

    def batch(self, key: str) -> BatchStatus | None:
        columns = select(batches.c.key, batches.c.tenant, batches.c.closed_at, batches.c.finished_at)
        with self._engine.connect() as connection:
            row = connection.execute(columns.where(batches.c.key == key)).first()
        return None if row is None else BatchStatus(*row, documents=self.batch_documents(key))

    def reject_unfinished(self, batch: str, reason: Rejection, version: str) -> list[LedgerDocument]:
        """Gives those documents of a batch that have no final state the state `rejected`, and returns them."""
        unfinished = select(ledger.c.id).where(ledger.c.batch == batch, ledger.c.finished_at.is_(None))
        finished_at = moment()
        with self._engine.begin() as connection:
            ids = connection.scalars(unfinished.order_by(ledger.c.id).with_for_update()).all()
            outbox.announce_documents(connection, ledger.c.id.in_(ids))
            reject = (
                update(ledger)
                .where(ledger.c.id.in_(ids))
                .values(state=State.REJECTED, reason=reason.model_dump(mode="json"), finished_at=finished_at)
                .returning(*ledger.c)
            )
            rejected = [document_of(row) for row in connection.execute(reject).mappings()]
            if rejected:
                rows = [quarantine_row(document.id, reason, version) for document in rejected]
                connection.execute(insert(quarantine).on_conflict_do_nothing(), rows)
            _finish_batch(connection, batch, finished_at)
        return rejected


def _in_turn(connection: Connection, lane: Lane) -> list[str]:
    """Tenants with waiting documents: first those with the fewest unfinished batches, then who waited longest.

    Looks at one document a tenant, however many wait.
    """
    oldest = select(ledger.c.tenant, ledger.c.arrived_at).where(_WAITING, ledger.c.lane == lane)
    oldest = oldest.order_by(ledger.c.tenant, ledger.c.arrived_at).limit(1)
    found = select(oldest.subquery()).cte("found", recursive=True)
    following = oldest.where(ledger.c.tenant > found.c.tenant).lateral("following")
    found = found.union_all(select(following).select_from(found.join(following, true())))
    since: dict[str, datetime] = {row.tenant: row.arrived_at for row in connection.execute(select(found))}
    if len(since) < 2:
        return list(since)
    is_open = and_(batches.c.finished_at.is_(None), batches.c.lane == lane)
    counts = select(batches.c.tenant, func.count().label("batches")).where(is_open).group_by(batches.c.tenant)
    has = {row.tenant: row.batches for row in connection.execute(counts)}
    return sorted(since, key=lambda tenant: (has.get(tenant, 0), since[tenant]))


def occupies_lane(now: datetime) -> ColumnElement[bool]:
    """Whether somebody waits for a batch, and those behind it for their turn."""
    is_open = and_(batches.c.finished_at.is_(None), batches.c.lane == Lane.INTERACTIVE)
    return and_(is_open, batches.c.closed_at > now - _STUCK_AFTER)


def moment() -> datetime:
    """Now, as the end of a document is dated: in UTC, in whole milliseconds."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


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


def lock(connection: Connection, document_ids: Sequence[str], batch: str | None = None) -> set[str]:
    """Makes whoever else ends these documents wait until the caller's transaction ends.

    Returns the ids of those that are still wanted: neither cancelled nor erased, and in the `batch` if one is named.
    """
    is_wanted = IS_WANTED if batch is None else and_(IS_WANTED, ledger.c.batch == batch)
    rows = connection.execute(
        select(ledger.c.id, is_wanted).where(ledger.c.id.in_(document_ids)).order_by(ledger.c.id).with_for_update()
    )
    return {id_ for id_, wanted in rows if wanted}


def finish(connection: Connection, batch: str, finished: Iterable[Finished], finished_at: datetime) -> None:
    """Enters the final states of a batch's documents, within the caller's transaction."""
    ended = list(finished)
    outbox.announce_documents(connection, ledger.c.id.in_([document.id for document in ended]))
    # All at once, each column as one array: a statement a document takes more time than all else that a batch writes.
    columns: dict[str, list[str | None]] = {
        "id": [document.id for document in ended],
        "state": [document.state for document in ended],
        "reason": [document.reason.model_dump_json() if document.reason else None for document in ended],
        "seconds": [json.dumps(document.seconds) for document in ended],
        "versions": [json.dumps(dict(document.versions)) for document in ended],
    }
    arrays = [literal(values, ARRAY(Text)) for values in columns.values()]
    end = func.unnest(*arrays).table_valued(*columns).render_derived(name="ended")
    connection.execute(
        update(ledger)
        .where(ledger.c.id == end.c.id)
        .values(
            state=end.c.state,
            **{name: cast(end.c[name], JSONB) for name in ("reason", "seconds", "versions")},
            finished_at=finished_at,
        )
    )
    # An earlier run of a batch may come to its end when documents of it were made to wait again.
    finish_batch_if_done(connection, batch, finished_at)


def finish_batch_if_done(connection: Connection, batch: str, finished_at: datetime) -> None:
    """Enters the batch as finished where no document of it is unfinished, within the caller's transaction.

    The caller holds the documents that it ended, and has entered their ends.
    """
    # Of two that end the last two documents, the second sees what the first did.
    connection.execute(select(batches.c.key).where(batches.c.key == batch).with_for_update(key_share=True))
    unfinished = select(ledger.c.id).where(ledger.c.batch == batch, ledger.c.finished_at.is_(None)).limit(1)
    if connection.scalar(unfinished) is None:
        _finish_batch(connection, batch, finished_at)


def _finish_batch(connection: Connection, batch: str, finished_at: datetime) -> None:
    outbox.announce_batch(connection, batch)
    # One that was retired or cleared before has run again: there is something to retire and to clear again.
    finished = {"finished_at": finished_at, "retired_at": None, "cleared_at": None}
    connection.execute(update(batches).where(batches.c.key == batch).values(finished))


def new_row(arrival: Arrival, sender: Sender, lane: Lane) -> dict[str, Any]:
    """The row of a file that has just arrived, under a new id."""
    return {
        "id": str(uuid7()),
        "state": State.WAITING,
        "lane": lane,
        **arrival._asdict(),
        **sender._asdict(),
        "options": sender.options.model_dump(exclude_none=True),
    }


def insert_batch(
    connection: Connection, now: datetime, sender: Sender, lane: Lane, looked_at: datetime | None = None
) -> str:
    """A key sorts by time, and its tail keeps two batches of one second apart."""
    key = f"{now:%Y-%m-%dT%H-%M-%SZ}_{uuid7().hex[-6:]}"
    who = {"tenant": sender.tenant, "subject": sender.subject, "webhook": sender.webhook}
    connection.execute(insert(batches).values(key=key, closed_at=now, looked_at=looked_at, lane=lane, **who))
    return key
