"""The Postgres connection, and the migrations."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, func
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.connections import POSTGRES
from ocr_pipeline.storage.migrating import migrate_patiently

_TRUSTED_SECONDS = 0.5
_VERSION_TABLE = "ocr_pipeline_version"
"""As the migrations' ``env.py`` has it: Dagster keeps one under Alembic's own name."""
_LAST_USE = "last use"


@lru_cache(maxsize=4)
def get_engine(url: str) -> Engine:
    """One pooled engine a process and database; `url` is a SQLAlchemy URL."""
    return _tried_before_use(create_engine(url, pool_size=4, max_overflow=20, connect_args=POSTGRES))


NEED_NOT_LAST = func.set_config("synchronous_commit", "off", True)
"""Returned by a statement: nobody waits for the disk. A worker that dies takes none of it along, a server may."""


@lru_cache(maxsize=4)
def single_statements(engine: Engine) -> Engine:
    """For statements that are transactions of their own: one round trip each in place of three.

    With a pool of its own: to switch a connection to this mode and back takes as long as a small statement.
    """
    return _tried_before_use(
        create_engine(engine.url, isolation_level="AUTOCOMMIT", pool_size=4, max_overflow=6, connect_args=POSTGRES)
    )


def _tried_before_use(engine: Engine) -> Engine:
    """A connection that was not used for a while is tried first, since Postgres may have been restarted meanwhile.

    Before every use, as SQLAlchemy would do it, that takes a third of the time of the small statements of a run.
    """

    @event.listens_for(engine, "checkin")
    def note(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info[_LAST_USE] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
        if time.monotonic() - record.info.get(_LAST_USE, time.monotonic()) < _TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # All that are older than this moment are tried no more, and the caller gets a new one.
            raise InvalidatePoolError from error

    return engine


def migrate(url: str) -> None:
    """Brings the tables of the database at `url` to the newest version; safe to call at every start.

    Raises PipelineError: INVALID_SETTING without a URL, SERVICE_UNAVAILABLE without an answer, and MIGRATION_BLOCKED
    where others held the tables all the time.
    """
    config = _config()
    with _connected(url) as connection:
        config.attributes["connection"] = connection
        migrate_patiently(connection, lambda: command.upgrade(config, "head"))


def require_migrated(url: str) -> None:
    """Tables that are newer than this release are taken too: an upgrade brings them first, and its programs then.

    Raises PipelineError(INVALID_SETTING) without a URL or where the tables are older than this release needs, and
    PipelineError(SERVICE_UNAVAILABLE) without an answer.
    """
    script = ScriptDirectory.from_config(_config())
    with _connected(url) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": _VERSION_TABLE})
        found = context.get_current_revision()
    newest = script.get_current_head()
    if found == newest or (found is not None and not _is_known(script, found)):
        return
    detail = f"its tables have version {found or 'none'} and {newest} is needed; run `ocr-pipeline migrate`"
    raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_DATABASE_URL", detail=detail)


def _is_known(script: ScriptDirectory, revision: str) -> bool:
    try:
        return script.get_revision(revision) is not None
    except CommandError:
        return False


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    if not url:
        raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_DATABASE_URL", detail="it is not set")
    engine = create_engine(url, connect_args=POSTGRES)
    try:
        with _connect(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def _connect(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except OperationalError as error:
        place = f"{engine.url.host or 'localhost'}:{engine.url.port or 5432}"
        # Postgres's own words, such as "password authentication failed"; the password is not among them.
        reason = str(error.orig).partition("\n")[0].rpartition("failed: ")[2]
        part = f"The database at {place} ({reason})"
        raise PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part=part) from error
