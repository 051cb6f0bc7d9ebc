"""A tenant's documents, newest first, a page at a time.

Ids grow with time, so the index of tenant and id gives them in order, and a page is found as fast at the millionth
document as at the first. Filters that no index serves look at so many documents at most; where those do not fill the
page, it is shorter, or empty, and the next one begins where the looking ended.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Engine, Row, Select, Text, cast, func, or_, select, true

from ocr_pipeline.documents.model import State
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.storage.schema import documents, ledger, quarantine

_LOOKED_AT = 20_000
"""Documents that one page looks at: some 50 ms."""
_SLACK = timedelta(hours=1)
"""Between the clock that an id was made by, and that of Postgres, which dates the arrival."""
_LAST_MOMENT = 2**48 - 1
"""Milliseconds since 1970 that an id has room for."""


_VALUES = ("vendor_name", "document_date", "total", "currency")
"""From the tables, or for a document that they refused, from the quarantine; as texts."""


class Wanted(NamedTuple):
    """Filters; None and an empty `states` let all pass."""

    states: Collection[State] = ()
    kind: str | None = None
    batch: str | None = None
    file: str | None = None
    """The name its sender gave it, as it is."""
    since: datetime | None = None
    """Arrival, this moment among them; with a time zone."""
    until: datetime | None = None
    """Arrival, this moment not among them; with a time zone."""


class ListedDocument(NamedTuple):
    id: str
    file: str
    state: State
    batch: str | None
    arrived_at: datetime
    finished_at: datetime | None
    pages: int | None
    error: ErrorCode | None
    """Why it is rejected."""
    kind: str | None
    vendor_name: str | None
    document_date: str | None
    """ISO 8601."""
    total: str | None
    currency: str | None
    confidence: float | None


class DocumentPage(NamedTuple):
    documents: list[ListedDocument]
    cursor: str | None
    """Where the next page begins; None after the last."""


def list_documents(
    engine: Engine, tenant: str, wanted: Wanted, *, result_seconds: float, cursor: str | None = None, limit: int = 50
) -> DocumentPage:
    """Those that came before `cursor`, at most `limit`. Erased and expired ones are left out: they cannot be had."""
    looked_at = _looked_at(tenant, wanted, cursor)
    with engine.connect() as connection:
        rows = connection.execute(_matching(looked_at, wanted, result_seconds).limit(limit + 1)).all()
        found = [_listed(row) for row in rows[:limit]]
        if len(rows) > limit:
            return DocumentPage(found, found[-1].id)
        ids = looked_at.with_only_columns(ledger.c.id)
        return DocumentPage(found, connection.scalar(ids.offset(_LOOKED_AT - 1).limit(1)))


def _looked_at(tenant: str, wanted: Wanted, cursor: str | None) -> Select[Any]:
    """What an index narrows down, in the order of the list."""
    conditions = [ledger.c.tenant == tenant]
    if cursor is not None:
        conditions.append(ledger.c.id < cursor)
    if wanted.batch is not None:
        conditions.append(ledger.c.batch == wanted.batch)
    if wanted.since is not None:
        conditions.append(ledger.c.id >= _first_id(wanted.since, -_SLACK))
    if wanted.until is not None:
        conditions.append(ledger.c.id < _first_id(wanted.until, _SLACK))
    if wanted.states and not any(state.is_final for state in wanted.states):
        conditions.append(ledger.c.finished_at.is_(None))
    return select(ledger).where(*conditions).order_by(ledger.c.id.desc())


def _matching(looked_at: Select[Any], wanted: Wanted, result_seconds: float) -> Select[Any]:
    seen = looked_at.limit(_LOOKED_AT).subquery()
    # One row each, by the index: as a plain join Postgres would rather read these tables whole.
    recorded = select(documents).where(documents.c.document_id == seen.c.id).limit(1).lateral()
    quarantined = select(quarantine).where(quarantine.c.document_id == seen.c.id).limit(1).lateral()
    record = quarantined.c.verdict["record"]
    kind = func.coalesce(recorded.c.kind, record["kind"].astext)
    values = {
        name: func.coalesce(cast(recorded.c[name], Text), record["fields", name, "value"].astext) for name in _VALUES
    }
    confidence = func.coalesce(recorded.c.confidence, quarantined.c.verdict["confidence"].as_float())
    earliest = datetime.now(UTC) - timedelta(seconds=result_seconds)
    conditions: list[ColumnElement[bool]] = [
        seen.c.erased_at.is_(None),
        or_(seen.c.finished_at.is_(None), seen.c.finished_at > earliest),
    ]
    if wanted.states:
        conditions.append(seen.c.state.in_(wanted.states))
    if wanted.file is not None:
        conditions.append(seen.c.file == wanted.file)
    if wanted.since is not None:
        conditions.append(seen.c.arrived_at >= _in_utc(wanted.since))
    if wanted.until is not None:
        conditions.append(seen.c.arrived_at < _in_utc(wanted.until))
    if wanted.kind is not None:
        conditions.append(kind == wanted.kind)
    return (
        select(
            *(seen.c[name] for name in ("id", "file", "state", "batch", "arrived_at", "finished_at", "pages")),
            seen.c.reason["code"].astext.label("error"),
            kind.label("kind"),
            *(value.label(name) for name, value in values.items()),
            confidence.label("confidence"),
        )
        .select_from(seen)
        .outerjoin(recorded, true())
        .outerjoin(quarantined, true())
        .where(*conditions)
        .order_by(seen.c.id.desc())
    )


def _listed(row: Row[Any]) -> ListedDocument:
    values = row._mapping
    error = None if values["error"] is None else ErrorCode(values["error"])
    return ListedDocument(**{**values, "state": State(values["state"]), "error": error})


def _first_id(moment: datetime, slack: timedelta) -> str:
    """Below all ids that are made from this moment on, give or take the slack."""
    milliseconds = int((moment.timestamp() + slack.total_seconds()) * 1000)
    digits = f"{min(max(milliseconds, 0), _LAST_MOMENT):012x}"
    return f"{digits[:8]}-{digits[8:]}"


def _in_utc(moment: datetime) -> datetime:
    """Postgres takes no offset of 16 hours and more."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if moment.year == 1 else datetime.max.replace(tzinfo=UTC)
