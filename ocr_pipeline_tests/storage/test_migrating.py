"""Migrations beside writers, and beside somebody who holds a table for long."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.migrating import LOCK_SECONDS, migrate_patiently

_CHANGE = text("ALTER TABLE busy ADD COLUMN IF NOT EXISTS more text")
_WRITE = text("INSERT INTO busy (id) VALUES (1)")
_LONGEST_WAIT = LOCK_SECONDS + 3.0
"""Of a writer; far below the 8 seconds for which the table is held."""


@pytest.fixture
def busy(engine: Engine) -> Iterator[Engine]:
    server = create_engine(engine.url, poolclass=NullPool)
    with server.begin() as connection:
        connection.execute(text("CREATE TABLE busy (id int)"))
    yield server
    with server.begin() as connection:
        connection.execute(text("DROP TABLE busy"))


@contextmanager
def held(busy: Engine) -> Iterator[Connection]:
    """Somebody reads the table in a transaction that does not end: to change the table one has to wait."""
    with busy.connect() as reader, reader.begin():
        reader.execute(text("SELECT * FROM busy")).all()
        yield reader


def change(busy: Engine, patience_seconds: float) -> None:
    with busy.connect() as connection:
        migrate_patiently(connection, lambda: connection.execute(_CHANGE), patience_seconds)


def columns(busy: Engine) -> set[str]:
    found = text("SELECT column_name FROM information_schema.columns WHERE table_name = 'busy'")
    with busy.connect() as connection:
        return set(connection.scalars(found))


def test_a_long_reader_holds_up_the_migration_and_no_writer(busy: Engine) -> None:
    waits = []
    with held(busy):
        migration = threading.Thread(target=change, args=(busy, 60))
        migration.start()
        end = time.monotonic() + 8
        while time.monotonic() < end:
            waits.append(_timed(lambda: _write(busy)))
            time.sleep(0.05)
        assert migration.is_alive()
        assert "more" not in columns(busy)
    migration.join(timeout=60)
    assert "more" in columns(busy)
    # Some did wait behind the migration, or it was not tried; none as long as the reader held the table.
    assert 0.3 < max(waits) < _LONGEST_WAIT


def test_a_table_that_is_never_free_is_given_up_with_advice(busy: Engine) -> None:
    with held(busy), pytest.raises(PipelineError, match="pg_stat_activity") as caught:
        change(busy, 0)
    assert caught.value.code is ErrorCode.MIGRATION_BLOCKED
    assert "more" not in columns(busy)


def test_two_at_once_take_turns(busy: Engine) -> None:
    both = threading.Barrier(2)
    inside: list[str] = []

    def upgrade(name: str) -> None:
        inside.append(name)
        time.sleep(0.3)
        inside.append(name)

    def start(name: str) -> None:
        with busy.connect() as connection:
            both.wait()
            migrate_patiently(connection, lambda: upgrade(name), 60)

    threads = [threading.Thread(target=start, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inside in (["a", "a", "b", "b"], ["b", "b", "a", "a"])


def _write(busy: Engine) -> None:
    with busy.begin() as connection:
        connection.execute(_WRITE)


def _timed(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun
