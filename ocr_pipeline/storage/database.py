"""The Postgres connection, and the migrations."""

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import OperationalError

from ocr_pipeline.errors import ErrorCode, PipelineError

_CONNECT_SECONDS = 10


@lru_cache(maxsize=4)
def get_engine(url: str) -> Engine:
    """One pooled engine a process and database; `url` is a SQLAlchemy URL."""
    return create_engine(url, pool_size=2, max_overflow=20, pool_pre_ping=True)


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
