"""The Postgres connection, and the migrations."""

import time
from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from ocr_pipeline.errors import ErrorCode, PipelineError

_CONNECT_SECONDS = 10
_TRUSTED_SECONDS = 0.5
_LAST_USE = "last use"


@lru_cache(maxsize=4)
def get_engine(url: str) -> Engine:
    """One pooled engine a process and database; `url` is a SQLAlchemy URL.

    A connection that was not used for a while is tried first, since Postgres may have been restarted meanwhile. Before
    every use, as SQLAlchemy would do it, that takes a third of the time of the small statements of a run.
    """
    engine = create_engine(url, pool_size=4, max_overflow=20)

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


@lru_cache(maxsize=4)
def single_statements(engine: Engine) -> Engine:
    """The same pool for statements that are transactions of their own: one round trip each in place of three."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def migrate(url: str) -> None:
    """Brings the tables of the database at `url` to the newest version; safe to call at every start.

    Raises PipelineError(INVALID_SETTING) without a URL, and PipelineError(SERVICE_UNAVAILABLE) without an answer.
    """
    if not url:
        raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_DATABASE_URL", detail="it is not set")
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = create_engine(url, connect_args={"connect_timeout": _CONNECT_SECONDS})
    try:
        with _connect(engine) as connection, connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
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
