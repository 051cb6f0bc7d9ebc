"""Files that a person has processed: entered into the ledger in batches, each file once."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Engine, Text, any_, cast, delete, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from ocr_pipeline.documents.model import State
from ocr_pipeline.storage.ledger import insert_batch, new_row
from ocr_pipeline.storage.ledger_rows import Arrival, Lane, Sender
from ocr_pipeline.storage.schema import batches, ledger

_FILES_AT_ONCE = 1000


class KnownFile(NamedTuple):
    """A file that is in the ledger already, by key and ETag."""

    object_key: str
    id: str
    state: State
    batch: str | None


class Entered(NamedTuple):
    batches: dict[str, int]
    """How many documents each new batch has, by key."""
    known: list[KnownFile]
    is_all: bool
    """False where there are more new files than were to be taken."""


def enter_files(engine: Engine, arrivals: Iterable[Arrival], tenant: str, size: int, limit: int) -> Entered:
    """Enters those of the files that are new, at most `limit`, as batches of at most `size` documents.

    Nobody has looked after the batches yet: the inbox sensor launches their runs. What the caller did not come to,
    because it was killed, is entered by the next call with the same files.
    """
    new: list[Arrival] = []
    known: list[KnownFile] = []
    left = iter(arrivals)
    while len(new) <= limit and (some := list(islice(left, _FILES_AT_ONCE))):
        there = {(file.object_key, etag): file for file, etag in _known(engine, some)}
        known += there.values()
        new += [arrival for arrival in some if (arrival.object_key, arrival.etag) not in there]
    taken = new[:limit]
    entered = [_enter(engine, taken[start : start + size], tenant) for start in range(0, len(taken), size)]
    return Entered({key: count for key, count in entered if count}, known, is_all=len(new) <= limit)


def _known(engine: Engine, arrivals: Sequence[Arrival]) -> list[tuple[KnownFile, str]]:
    """With their ETags."""
    files = {(arrival.object_key, arrival.etag) for arrival in arrivals}
    columns = select(ledger.c.object_key, ledger.c.id, ledger.c.state, ledger.c.batch, ledger.c.etag)
    by_key = columns.where(ledger.c.object_key == any_(cast([arrival.object_key for arrival in arrivals], ARRAY(Text))))
    with engine.connect() as connection:
        rows = connection.execute(by_key).all()
    return [
        (KnownFile(key, id_, State(state), batch), etag)
        for key, id_, state, batch, etag in rows
        if (key, etag) in files
    ]


def _enter(engine: Engine, arrivals: Sequence[Arrival], tenant: str) -> tuple[str, int]:
    """The key of the new batch, and its documents; without any there is none, as others entered the files meanwhile."""
    sender = Sender(tenant)
    with engine.begin() as connection:
        key = insert_batch(connection, datetime.now(UTC), sender, Lane.BATCH)
        # In one order, so that no two who enter the same files wait for each other.
        in_order = sorted(arrivals, key=lambda arrival: (arrival.object_key, arrival.etag))
        rows = [{**new_row(arrival, sender, Lane.BATCH), "batch": key} for arrival in in_order]
        enter = insert(ledger).values(rows).on_conflict_do_nothing().returning(ledger.c.id)
        count = len(connection.scalars(enter).all())
        if not count:
            connection.execute(delete(batches).where(batches.c.key == key))
    return key, count
