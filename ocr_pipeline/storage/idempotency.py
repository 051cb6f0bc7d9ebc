"""Idempotency keys: within a day, the same request under the same key has the same result.

They are kept in Postgres, and settled in the transaction that enters the result: there is none without the other.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.schema import idempotency_keys

_LIFETIME = timedelta(days=1)
_ABANDONED_AFTER = timedelta(minutes=2)
"""Whoever claimed a key so long ago and entered nothing has died meanwhile."""
_SWEPT_AT_ONCE = 100
_IDENTITY = (idempotency_keys.c.tenant, idempotency_keys.c.subject, idempotency_keys.c.key)
_IS_OPEN = and_(idempotency_keys.c.document_id.is_(None), idempotency_keys.c.batch.is_(None))


class Claim(NamedTuple):
    """The right to enter what comes of the first request under a key."""

    tenant: str
    subject: str
    key: str
    since: datetime


class Repeated(NamedTuple):
    """What came of the first request: one of the two."""

    document_id: str | None
    batch: str | None


def claim(engine: Engine, identity: tuple[str, str, str], request: str) -> Claim | Repeated:
    """`identity` is tenant, subject and key; `request` tells one request from another.

    Raises PipelineError with IDEMPOTENCY_KEY_REUSED where the key belongs to another request, and with
    REQUEST_IN_PROGRESS where the same one is being answered right now.
    """
    # The clock, not the begin of the transaction: it tells apart who claimed a key first and who took it over.
    now = func.clock_timestamp()
    row = dict(zip(("tenant", "subject", "key"), identity, strict=True))
    statement = insert(idempotency_keys).values(**row, request=request, created_at=now)
    taken = statement.on_conflict_do_update(
        index_elements=list(_IDENTITY),
        set_={"request": request, "created_at": now, "document_id": None, "batch": None},
        where=(idempotency_keys.c.created_at < now - _LIFETIME)
        | (_IS_OPEN & (idempotency_keys.c.created_at < now - _ABANDONED_AFTER)),
    ).returning(idempotency_keys.c.created_at)
    before = select(idempotency_keys.c.request, idempotency_keys.c.document_id, idempotency_keys.c.batch)
    with engine.begin() as connection:
        since = connection.scalar(taken)
        if since is not None:
            _sweep(connection)
            return Claim(*identity, since)
        found = connection.execute(before.where(tuple_(*_IDENTITY) == identity)).first()
    if found is None or (found.request == request and found.document_id is None and found.batch is None):
        raise PipelineError(ErrorCode.REQUEST_IN_PROGRESS)
    if found.request != request:
        raise PipelineError(ErrorCode.IDEMPOTENCY_KEY_REUSED)
    return Repeated(found.document_id, found.batch)


def settle(connection: Connection, held: Claim, document_id: str | None = None, batch: str | None = None) -> None:
    """Enters what came of the request, within the transaction that makes it so.

    Raises PipelineError(REQUEST_IN_PROGRESS) where another took the key over, as if its holder had died.
    """
    statement = update(idempotency_keys).where(_is_held(held)).values(document_id=document_id, batch=batch)
    if connection.execute(statement).rowcount == 0:
        raise PipelineError(ErrorCode.REQUEST_IN_PROGRESS)


def release(engine: Engine, held: Claim) -> None:
    """Gives the key back where nothing came of the request, so that it can be sent again at once."""
    with engine.begin() as connection:
        connection.execute(delete(idempotency_keys).where(_is_held(held)))


def _is_held(held: Claim) -> ColumnElement[bool]:
    return and_(
        tuple_(*_IDENTITY) == (held.tenant, held.subject, held.key),
        idempotency_keys.c.created_at == held.since,
        _IS_OPEN,
    )


def _sweep(connection: Connection) -> None:
    """Deletes some keys that are out of date: more than come in."""
    old = (
        select(*_IDENTITY)
        .where(idempotency_keys.c.created_at < func.now() - _LIFETIME)
        .order_by(idempotency_keys.c.created_at)
        .limit(_SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    connection.execute(delete(idempotency_keys).where(tuple_(*_IDENTITY).in_(old)))
