"""Compares the whole inbox with the ledger, both ways, a page of keys at a time.

A file that no event announced, and no listing by time showed, is found here. What is known costs one row of one
SELECT: a page of a thousand files takes Postgres some milliseconds, and less than S3 takes to list it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import inf
from typing import NamedTuple

from sqlalchemy import Column, Connection, Engine, MetaData, Table, Text, and_, cast, delete, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY

from ocr_pipeline.documents.model import State
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.listing import FIRST, Place, pages_from
from ocr_pipeline.storage.objects import ObjectStore, StoredObject
from ocr_pipeline.storage.schema import ledger

_unseen = Table(
    "unseen",
    MetaData(),
    Column("object_key", Text, primary_key=True),
    Column("etag", Text, primary_key=True),
    Column("id", Text, nullable=False),
    prefixes=["TEMPORARY"],
)
"""Documents that wait for their file to be read, whose file was not listed so far."""


class Reconciled(NamedTuple):
    files: int
    """Of the inbox that were compared."""
    entered: int
    """Of these, files that the ledger did not know, or had given up as gone."""
    gone: int | None
    """Documents that wait, and whose file is gone, or another by now; they are rejected when their turn comes.

    None where not the whole inbox was compared: their files may be in the rest."""
    gone_files: list[str]
    """Names of some of them."""

    @property
    def known(self) -> int:
        return self.files - self.entered


def reconcile(
    engine: Engine,
    store: ObjectStore,
    prefix: str,
    tenant: str,
    *,
    most_named: int,
    tell: Callable[[int], None] = lambda _: None,
    place: Place = FIRST,
    most_seconds: float = inf,
) -> Reconciled:
    """Enters what lies below `prefix` and is in no row of the ledger, by key and ETag, as documents of `tenant`.

    `tell` is called with the number of files seen, after each page. What is entered stays where the run breaks off, and
    the next one finds it known. After `most_seconds`, or a break, the next one goes on at the page that comes next,
    where `place` is kept.
    """
    end = time.monotonic() + most_seconds
    register = Ledger(engine).register
    files = entered = 0
    following = place.begin
    with _waiting(engine, prefix) as connection:
        for page in pages_from(store, prefix, place):
            if page.files:
                arrivals = (
                    Arrival(each.key.removeprefix(prefix), each.key, each.etag, each.size) for each in page.files
                )
                entered += len(register(arrivals, tenant))
                _tick_off(connection, page.files)
            files += len(page.files)
            following = page.following
            place.note(following)
            tell(files)
            if time.monotonic() > end:
                break
        is_whole = place.begin is None and following is None
        gone, names = _gone(connection, most_named) if is_whole else (None, [])
    return Reconciled(files, entered, gone, names)


@contextmanager
def _waiting(engine: Engine, prefix: str) -> Iterator[Connection]:
    """A connection with the table of what waits at this moment: whoever arrives later is listed, or not asked for."""
    waiting = select(ledger.c.object_key, ledger.c.etag, ledger.c.id).where(
        ledger.c.finished_at.is_(None),
        ledger.c.state == State.WAITING,
        ledger.c.sha256.is_(None),
        func.starts_with(ledger.c.object_key, prefix),
    )
    # No transaction over all pages: it would keep Postgres from tidying up meanwhile.
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        _unseen.create(connection)
        try:
            connection.execute(insert(_unseen).from_select(["object_key", "etag", "id"], waiting))
            yield connection
        finally:
            _unseen.drop(connection)


def _tick_off(connection: Connection, page: Sequence[StoredObject]) -> None:
    keys, etags = (
        cast(list(each), ARRAY(Text)) for each in zip(*((each.key, each.etag) for each in page), strict=True)
    )
    seen = func.unnest(keys, etags).table_valued("object_key", "etag").render_derived(name="seen")
    is_seen = and_(_unseen.c.object_key == seen.c.object_key, _unseen.c.etag == seen.c.etag)
    connection.execute(delete(_unseen).where(is_seen))


def _gone(connection: Connection, most_named: int) -> tuple[int, list[str]]:
    # Some may have been read, and have left the inbox, since the begin.
    still = (
        select(ledger.c.file)
        .join(_unseen, _unseen.c.id == ledger.c.id)
        .where(ledger.c.finished_at.is_(None), ledger.c.sha256.is_(None))
    )
    count = connection.execute(select(func.count()).select_from(still.subquery())).scalar_one()
    return count, list(connection.scalars(still.order_by(ledger.c.id).limit(most_named)))
