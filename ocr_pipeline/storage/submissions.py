"""The way in for single files: known ones are found again, and when many wait, one batch takes them together.

Somebody waits for each of them. A lone file is a batch of its own from the start; while the workers have enough to do,
files wait in no batch until there is room, so that a burst of them becomes a few batches.
"""

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from uuid6 import uuid7

from ocr_pipeline.documents.model import State
from ocr_pipeline.storage.idempotency import Claim, settle
from ocr_pipeline.storage.ledger import insert_batch, new_row, occupies_lane
from ocr_pipeline.storage.ledger_rows import Arrival, Lane, Sender
from ocr_pipeline.storage.outbox import DOCUMENT_FINISHED
from ocr_pipeline.storage.schema import batches, deliveries, ledger

_LANE, _CONTENT = 0x0C0E, 0x0C0F
"""Sets these locks apart from each other, and from others on the database."""
_WAITING = and_(ledger.c.batch.is_(None), ledger.c.finished_at.is_(None), ledger.c.lane == Lane.INTERACTIVE)


class Reuse(NamedTuple):
    """What makes a result of the same bytes as good as a new one."""

    versions: Mapping[str, str]
    """The present ones, by stage."""
    result_seconds: int
    """Older ones are gone."""


class Entered(NamedTuple):
    document_id: str
    is_new: bool
    """False where the document that holds the same was there already."""
    batch: str | None
    """Closed with this document alone, for the caller to launch."""


class Closed(NamedTuple):
    """A batch for the caller to launch."""

    batch: str
    requests: dict[str, str]
    """Request id to document id."""


class Submissions:
    def __init__(self, engine: Engine, burst_size: int, lanes: int) -> None:
        """At most `burst_size` files make a batch, and at most `lanes` such batches are unfinished at a time."""
        self._engine = engine
        self._burst_size = burst_size
        self._lanes = lanes

    def find(self, sender: Sender, sha256: str, reuse: Reuse, held: Claim | None) -> str | None:
        """Id of the document that answers for these bytes; the claim is settled with it, and its webhook told."""
        with self._engine.begin() as connection:
            return _reused(connection, sender, sha256, reuse, held)

    def enter(self, arrival: Arrival, sender: Sender, reuse: Reuse | None, held: Claim | None) -> Entered:
        """Enters an uploaded file, unless another request entered the same bytes meanwhile. Settles the claim.

        `arrival` has its content hash. Without `reuse` it is a new document whatever is known.
        """
        with self._engine.begin() as connection:
            if reuse is not None:
                connection.execute(select(func.pg_advisory_xact_lock(_CONTENT, _content_lock(arrival, sender))))
                known = _reused(connection, sender, arrival.sha256, reuse, held)
                if known is not None:
                    return Entered(known, is_new=False, batch=None)
            row = new_row(arrival, sender, Lane.INTERACTIVE)
            batch = None
            # Where another closes batches right now, the file waits for the next one.
            if connection.scalar(select(func.pg_try_advisory_xact_lock(_LANE, 0))) and self._is_free(connection):
                now = datetime.now(UTC)
                batch = insert_batch(connection, now, Sender(sender.tenant), Lane.INTERACTIVE, looked_at=now)
            connection.execute(insert(ledger).values({**row, "batch": batch}))
            if held is not None:
                settle(connection, held, document_id=row["id"])
            return Entered(row["id"], is_new=True, batch=batch)

    def close_waiting(self) -> tuple[list[Closed], bool]:
        """Puts waiting files into batches, each of one tenant, as long as there is room in the lane.

        All processes of the API count together. Returns the batches, which count as looked after, and whether files
        are left that still wait.
        """
        closed = []
        with self._engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(_LANE, 0)))
            for _ in range(self._room(connection)):
                if (found := self._close(connection)) is None:
                    break
                closed.append(found)
            return closed, bool(connection.scalar(select(exists().where(_WAITING))))

    def _is_free(self, connection: Connection) -> bool:
        return self._room(connection) > 0 and not connection.scalar(select(exists().where(_WAITING)))

    def _room(self, connection: Connection) -> int:
        """How many batches more there may be."""
        taken = select(func.count()).select_from(batches).where(occupies_lane(datetime.now(UTC)))
        return self._lanes - (connection.scalar(taken) or 0)

    def _close(self, connection: Connection) -> Closed | None:
        now = datetime.now(UTC)
        tenant = _next_tenant(connection, now)
        waiting = connection.execute(
            select(ledger.c.id, ledger.c.request_id)
            .where(_WAITING, ledger.c.tenant == tenant)
            .order_by(ledger.c.arrived_at, ledger.c.id)
            .limit(self._burst_size)
            .with_for_update(skip_locked=True)  # the inbox sensor takes those that waited long
        ).all()
        if tenant is None or not waiting:
            return None
        batch = insert_batch(connection, now, Sender(tenant), Lane.INTERACTIVE, looked_at=now)
        connection.execute(update(ledger).where(ledger.c.id.in_([row.id for row in waiting])).values(batch=batch))
        return Closed(batch, {row.request_id: row.id for row in waiting if row.request_id is not None})


def _next_tenant(connection: Connection, now: datetime) -> str | None:
    """The one that waited longest for its turn: nobody's burst keeps others from being served."""
    waiting = (
        select(ledger.c.tenant, func.min(ledger.c.arrived_at).label("since"))
        .where(_WAITING)
        .group_by(ledger.c.tenant)
        .subquery()
    )
    last_turn = (
        select(func.max(batches.c.closed_at))
        .where(occupies_lane(now), batches.c.tenant == waiting.c.tenant)
        .scalar_subquery()
    )
    turns = select(waiting.c.tenant).order_by(last_turn.nulls_first(), waiting.c.since).limit(1)
    return connection.scalar(turns)


def _reused(connection: Connection, sender: Sender, sha256: str | None, reuse: Reuse, held: Claim | None) -> str | None:
    is_known = and_(
        ledger.c.tenant == sender.tenant,
        ledger.c.sha256 == sha256,
        ledger.c.options == bindparam("options", sender.options.model_dump(exclude_none=True), JSONB),
        ledger.c.erased_at.is_(None),
        or_(_is_good(reuse), _will_tell(sender)),
    )
    found = connection.execute(
        select(ledger.c.id, ledger.c.finished_at)
        .where(is_known)
        .order_by(ledger.c.finished_at.is_(None), ledger.c.id.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    if held is not None:
        settle(connection, held, document_id=found.id)
    if sender.webhook is not None and found.finished_at is not None:
        told = {"id": str(uuid7()), "tenant": sender.tenant, "url": sender.webhook, "event": DOCUMENT_FINISHED}
        connection.execute(insert(deliveries).values({**told, "document_id": found.id}))
    return str(found.id)


def _is_good(reuse: Reuse) -> ColumnElement[bool]:
    """It is finished, by the stages as they are now, and a new attempt would end no better."""
    now = bindparam("versions", dict(reuse.versions), JSONB)
    return and_(
        ledger.c.finished_at > datetime.now(UTC) - timedelta(seconds=reuse.result_seconds),
        # A rejected document has those of the stages that it came to.
        now.contains(ledger.c.versions),
        ledger.c.versions != bindparam("none", {}, JSONB),
        or_(ledger.c.state != State.REJECTED, ledger.c.reason["retryable"].as_boolean().is_(False)),
    )


def _will_tell(sender: Sender) -> ColumnElement[bool]:
    """It is on its way, and when it is there, the sender is told as it wants to be."""
    unfinished = ledger.c.finished_at.is_(None)
    return unfinished if sender.webhook is None else and_(unfinished, ledger.c.webhook == sender.webhook)


def _content_lock(arrival: Arrival, sender: Sender) -> int:
    """Those who enter the same bytes at the same time have the same; most others have another."""
    return zlib.crc32(f"{sender.tenant}:{arrival.sha256}:{sender.options.digest}".encode()) % 2**31
