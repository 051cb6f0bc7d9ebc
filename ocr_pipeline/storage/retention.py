"""What leaves with time: partitions of finished batches, and what the stages made of their documents.

Each function goes through what is due in small portions, oldest first, and yields what it did after each. A portion is
done or it is not: whoever stops in between, or breaks off, loses nothing, and the next call goes on from there.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, Engine, Select, exists, func, or_, select, tuple_, update

from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline.storage.schema import batches, ledger
from ocr_pipeline.storage.stage_outputs import STAGES

_PARTITIONS_AT_ONCE = 100
_THREADS = 8


def retire_batches(
    engine: Engine, until: datetime, forget: Callable[[Sequence[str]], Collection[str]]
) -> Iterator[Counter[str]]:
    """Has Dagster forget the partitions of batches that were finished before `until`.

    `forget` gets some of their keys and returns those that it could do without; again is no harm. Nobody reopens a
    batch at the same time: its row is held meanwhile. One that runs again later is not retired any more.
    """
    after: tuple[datetime, str] | None = None
    while True:
        due = _due(until).where(batches.c.retired_at.is_(None))
        if after is not None:  # what was left is not asked for again
            due = due.where(tuple_(batches.c.finished_at, batches.c.key) > after)
        with engine.begin() as connection:
            found = connection.execute(due.limit(_PARTITIONS_AT_ONCE)).all()
            if not found:
                return
            forgotten = forget([row.key for row in found])
            connection.execute(update(batches).where(batches.c.key.in_(forgotten)).values(retired_at=func.now()))
        after = (found[-1].finished_at, found[-1].key)
        yield Counter({"partitions removed": len(forgotten), "partitions left": len(found) - len(forgotten)})


def are_retired(engine: Engine, first: str, last: str) -> bool:
    """Whether there are batches from the key `first` to `last`, and all of them are retired."""
    between = select(func.bool_and(batches.c.retired_at.is_not(None))).where(batches.c.key.between(first, last))
    with engine.connect() as connection:
        return bool(connection.scalar(between))


def clear_batches(engine: Engine, store: ObjectStore, until: datetime) -> Iterator[Counter[str]]:
    """Removes the stage outputs of batches that were finished before `until`, a batch at a time.

    Outputs belong to a content, not to a document: they stay as long as any document of the same bytes is unfinished or
    younger, and go with that one. Originals and results stay for good, so that the stages can be run again.
    """
    places = [place for stage in store.folders(STAGES) for place in store.folders(stage)]
    with ThreadPoolExecutor(_THREADS) as threads:
        while True:
            with engine.begin() as connection:
                due = _due(until).where(batches.c.cleared_at.is_(None))
                batch = connection.execute(due.limit(1)).first()
                if batch is None:
                    return
                clear = partial(_clear_content, engine, store, places, until)
                done = sum(threads.map(clear, _contents(connection, batch.key)), Counter({"batches cleared": 1}))
                connection.execute(update(batches).where(batches.c.key == batch.key).values(cleared_at=func.now()))
            yield done


def _due(until: datetime) -> Select[tuple[str, datetime]]:
    """The oldest first; no other transaction gets them, and those that another holds are left out."""
    return (
        select(batches.c.key, batches.c.finished_at)
        .where(batches.c.finished_at < until)
        .order_by(batches.c.finished_at, batches.c.key)
        .with_for_update(skip_locked=True, key_share=True)
    )


def _contents(connection: Connection, batch: str) -> list[str]:
    known = select(ledger.c.sha256).where(ledger.c.batch == batch, ledger.c.sha256.is_not(None))
    return list(connection.scalars(known.distinct()))


def _clear_content(
    engine: Engine, store: ObjectStore, places: Sequence[str], until: datetime, sha256: str
) -> Counter[str]:
    """Removes the outputs of one content, under all options."""
    needs = or_(ledger.c.finished_at.is_(None), ledger.c.finished_at >= until)
    with engine.connect() as connection:
        if connection.scalar(select(exists().where(ledger.c.sha256 == sha256, needs))):
            return Counter({"contents still in use": 1})
    keys = [stored.key for place in places for stored in store.list(f"{place}{sha256}")]
    # Where an output.json is, everything else is: so it goes first.
    outputs = [key for key in keys if key.endswith("/output.json")]
    store.delete(outputs)
    store.delete(set(keys).difference(outputs))
    return Counter({"stage outputs removed": len(keys)})
