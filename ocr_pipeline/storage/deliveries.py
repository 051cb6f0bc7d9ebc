"""Deliveries of webhooks: which are due, who sends them, what came of it. The outbox enters them."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Engine, RowMapping, and_, func, select, update

from ocr_pipeline.storage.schema import deliveries

KEPT_ATTEMPTS = 50
"""Of one delivery, the last ones; more come only of being asked for again and again."""

_HOST = func.lower(func.substring(deliveries.c.url, "://([^/?]+)"))


class DeliveryState(StrEnum):
    PENDING = "pending"
    """There will be another attempt."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up."""


_IN_STATE: dict[DeliveryState, ColumnElement[bool]] = {
    DeliveryState.PENDING: deliveries.c.due_at.is_not(None),
    DeliveryState.DELIVERED: and_(deliveries.c.due_at.is_(None), deliveries.c.delivered_at.is_not(None)),
    DeliveryState.FAILED: and_(deliveries.c.due_at.is_(None), deliveries.c.delivered_at.is_(None)),
}


class Failure(StrEnum):
    """Why an attempt failed."""

    ADDRESS = "address"
    """It may not be reached there."""
    NAME = "name"
    """Nobody knows the host's name."""
    CONNECTION = "connection"
    TLS = "tls"
    TIMEOUT = "timeout"
    ANSWER = "answer"
    """What came back is no HTTP."""
    STATUS = "status"
    """Another than 2xx; redirects among them."""
    GONE = "gone"
    """What it was to tell of is erased, or being processed again."""


class Attempt(NamedTuple):
    at: datetime
    seconds: float
    status: int | None = None
    """Of the answer, if there was one."""
    error: Failure | None = None
    """None where it was delivered."""


class Delivery(NamedTuple):
    id: str
    """Sent along as `webhook-id`, the same at every attempt."""
    tenant: str
    url: str
    event: str
    document_id: str | None
    batch: str | None
    created_at: datetime
    due_at: datetime | None
    delivered_at: datetime | None
    attempts: tuple[Attempt, ...]
    host: str
    """Host and port of the URL, in lower case."""

    @property
    def state(self) -> DeliveryState:
        if self.due_at is not None:
            return DeliveryState.PENDING
        return DeliveryState.FAILED if self.delivered_at is None else DeliveryState.DELIVERED


class Filters(NamedTuple):
    """None lets all pass."""

    document_id: str | None = None
    batch: str | None = None
    state: DeliveryState | None = None


class Deliveries:
    """All times are those of Postgres's clock: many processes send."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def due(self, limit: int, not_hosts: Collection[str], not_tenants: Collection[str]) -> list[Delivery]:
        """What is to be sent now, the longest due first. Others may be looking at the same: `lease` before sending."""
        wanted = (
            select(*deliveries.c, _HOST.label("host"))
            .where(deliveries.c.due_at <= func.now())
            .where(_HOST.not_in(not_hosts), deliveries.c.tenant.not_in(not_tenants))
            .order_by(deliveries.c.due_at, deliveries.c.id)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [_delivery(row) for row in connection.execute(wanted).mappings()]

    def lease(self, ids: Sequence[str], seconds: float) -> set[str]:
        """Those of the deliveries that are now the caller's to send: for so long nobody else finds them due.

        A caller that dies meanwhile loses nothing: afterwards they are due again.
        """
        free = select(deliveries.c.id).where(deliveries.c.id.in_(ids), deliveries.c.due_at <= func.now())
        with self._engine.begin() as connection:
            found = set(connection.scalars(free.with_for_update(skip_locked=True)))
            later = func.now() + timedelta(seconds=seconds)
            connection.execute(update(deliveries).where(deliveries.c.id.in_(found)).values(due_at=later))
        return found

    def delivered(self, delivery: Delivery, attempt: Attempt) -> None:
        """Enters the attempt that ended it well."""
        self._end_attempt(delivery, attempt, {"due_at": None, "delivered_at": func.now()})

    def failed(self, delivery: Delivery, attempt: Attempt, again_in: float | None) -> None:
        """Enters an attempt that failed, and in how many seconds the next one is due; None gives it up."""
        due_at = None if again_in is None else func.now() + timedelta(seconds=again_in)
        self._end_attempt(delivery, attempt, {"due_at": due_at})

    def _end_attempt(self, delivery: Delivery, attempt: Attempt, values: dict[str, Any]) -> None:
        attempts = [_stored(each) for each in (*delivery.attempts, attempt)][-KEPT_ATTEMPTS:]
        mine = update(deliveries).where(deliveries.c.id == delivery.id)
        with self._engine.begin() as connection:
            connection.execute(mine.values(attempts=attempts, **values))

    def listed(self, tenant: str, filters: Filters, before: str | None, limit: int) -> list[Delivery]:
        """A tenant's deliveries, newest first; `before` is the id where the page before this one ended."""
        wanted = select(*deliveries.c, _HOST.label("host")).where(deliveries.c.tenant == tenant)
        if filters.document_id is not None:
            wanted = wanted.where(deliveries.c.document_id == filters.document_id)
        if filters.batch is not None:
            wanted = wanted.where(deliveries.c.batch == filters.batch)
        if filters.state is not None:
            wanted = wanted.where(_IN_STATE[filters.state])
        if before is not None:
            wanted = wanted.where(deliveries.c.id < before)
        with self._engine.connect() as connection:
            rows = connection.execute(wanted.order_by(deliveries.c.id.desc()).limit(limit))
            return [_delivery(row) for row in rows.mappings()]

    def send_again(self, tenant: str, delivery_id: str) -> Delivery | None:
        """Makes a delivery due now, whatever came of it; None where the tenant has none with this id."""
        mine = update(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.tenant == tenant)
        again = mine.values(due_at=func.now(), delivered_at=None).returning(*deliveries.c, _HOST.label("host"))
        with self._engine.begin() as connection:
            row = connection.execute(again).mappings().first()
        return None if row is None else _delivery(row)


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(**{**row, "attempts": tuple(_attempt(stored) for stored in row["attempts"])})


def _attempt(stored: dict[str, Any]) -> Attempt:
    error = stored["error"]
    at = datetime.fromisoformat(stored["at"])
    return Attempt(at, stored["seconds"], stored["status"], None if error is None else Failure(error))


def _stored(attempt: Attempt) -> dict[str, Any]:
    return {**attempt._asdict(), "at": attempt.at.astimezone(UTC).isoformat(timespec="milliseconds")}
