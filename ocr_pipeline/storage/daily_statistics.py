"""What became of each day's documents, summed from the statistics of its batches."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Date,
    Engine,
    Float,
    Insert,
    Select,
    Text,
    and_,
    cast,
    column,
    delete,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    text,
    union,
)
from sqlalchemy.dialects.postgresql import JSONB

from ocr_pipeline.storage.schema import batch_statistics, daily_statistics

_LOOK_BACK = timedelta(days=90)
_COUNTS = (
    "documents", "pages", "accepted", "needs_review", "rejected", "valid", "with_sums", "reconciled", "duplicates",
)  # fmt: skip


class DayStatistics(NamedTuple):
    """Counts are of documents, where nothing else is said."""

    day: date
    """In UTC."""
    tenant: str
    batches: int
    documents: int
    pages: int
    accepted: int
    needs_review: int
    rejected: int
    valid: int
    """With a valid output, refusals with a code among them."""
    confidence: float | None
    """Mean over the documents that were not rejected."""
    with_sums: int
    reconciled: int
    duplicates: int


def roll_up(engine: Engine, first: date) -> int:
    """Sums up the days from `first` on, in place of what was summed up before; returns the rows written.

    A day is one of UTC, and a batch belongs to the day on which it ended last. When it runs again, an earlier day loses
    it: those of the 90 days before that are not what their batches come to are summed up anew too.
    """
    with engine.begin() as connection:
        # Two at the same time would enter the same days.
        connection.execute(text(f"LOCK TABLE {daily_statistics.name} IN SHARE ROW EXCLUSIVE MODE"))
        changed: list[date] = list(connection.scalars(_changed(first - _LOOK_BACK, first)))
        due = or_(daily_statistics.c.day >= first, daily_statistics.c.day.in_(changed))
        connection.execute(delete(daily_statistics).where(due))
        written = _summed_up(and_(_from(min([first, *changed])), or_(_from(first), _day().in_(changed))))
        return len(connection.execute(written.returning(daily_statistics.c.day)).all())


def _summed_up(of: ColumnElement[bool]) -> Insert:
    """Enters the days of these batches."""
    days = _sums(of).cte("days")
    seconds = _seconds(of).cte("seconds")
    columns = ["day", "tenant", "batches", "confidence", *_COUNTS]
    rows = select(*(days.c[name] for name in columns), func.coalesce(seconds.c.seconds, cast("{}", JSONB))).outerjoin(
        seconds, and_(seconds.c.day == days.c.day, seconds.c.tenant == days.c.tenant)
    )
    return insert(daily_statistics).from_select([*columns, "seconds"], rows)


def _changed(first: date, before: date) -> Select[tuple[date]]:
    """The days from `first` on that are not what the batches come to that belong to them now."""
    names = ("day", "tenant", "batches", *_COUNTS)
    sums = _sums(and_(_from(first), not_(_from(before)))).subquery()
    now = select(*(sums.c[name] for name in names))
    then = select(*(daily_statistics.c[name] for name in names)).where(
        daily_statistics.c.day >= first, daily_statistics.c.day < before
    )
    return select(union(then.except_(now), now.except_(then)).subquery().c.day).distinct()


def _from(day: date) -> ColumnElement[bool]:
    return batch_statistics.c.finished_at >= datetime.combine(day, time(), UTC)


def recent_days(engine: Engine, days: int, today: date) -> list[DayStatistics]:
    """Those of the last `days` days, the newest first."""
    columns = [daily_statistics.c[name] for name in DayStatistics._fields]
    wanted = select(*columns).where(daily_statistics.c.day > today - timedelta(days=days))
    with engine.connect() as connection:
        rows = connection.execute(wanted.order_by(daily_statistics.c.day.desc(), daily_statistics.c.tenant))
        return [DayStatistics(*row) for row in rows]


def markdown(days: Sequence[DayStatistics]) -> str:
    """As a table."""
    head = ["day (UTC)", "tenant", "batches", "documents", "pages", "accepted", "needs review", "rejected"]
    shares = ["valid", "confidence", "sums agree", "duplicates"]
    lines = [f"| {' | '.join([*head, *shares])} |", f"|{'---|' * len(head + shares)}"]
    for day in days:
        counts = (day.batches, day.documents, day.pages, day.accepted, day.needs_review, day.rejected)
        confidence = "" if day.confidence is None else f"{day.confidence:.3f}"
        cells = [
            *(day.day.isoformat(), day.tenant, *map(str, counts), _share(day.valid, day.documents), confidence),
            *(_share(day.reconciled, day.with_sums), _share(day.duplicates, day.documents)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else ""


def _day() -> ColumnElement[date]:
    return cast(func.timezone("UTC", batch_statistics.c.finished_at), Date)


def _sums(of: ColumnElement[bool]) -> Select[Any]:
    source = batch_statistics.c
    # Rejected documents have no confidence: they have no part in the mean of their batch.
    judged = source.accepted + source.needs_review
    weight = func.sum(judged).filter(source.confidence.is_not(None))
    return (
        select(
            _day().label("day"),
            source.tenant,
            func.count().label("batches"),
            (func.sum(source.confidence * judged) / func.nullif(weight, 0)).label("confidence"),
            *(func.sum(source[name]).label(name) for name in _COUNTS),
        )
        .where(of)
        .group_by(_day(), source.tenant)
    )


def _seconds(of: ColumnElement[bool]) -> Select[Any]:
    """By stage, summed over the batches of a day and tenant."""
    entries = func.jsonb_each_text(batch_statistics.c.seconds).table_valued(column("key", Text), column("value", Text))
    stage = entries.lateral("stage")
    totals = (
        select(
            _day().label("day"),
            batch_statistics.c.tenant,
            stage.c.key.label("stage"),
            func.sum(cast(stage.c.value, Float)).label("total"),
        )
        .join(stage, literal(value=True))
        .where(of)
        .group_by(_day(), batch_statistics.c.tenant, stage.c.key)
        .subquery()
    )
    return select(
        totals.c.day, totals.c.tenant, func.jsonb_object_agg(totals.c.stage, totals.c.total).label("seconds")
    ).group_by(totals.c.day, totals.c.tenant)
