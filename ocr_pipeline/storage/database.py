"""The Postgres connection, and the migrations."""

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine


@lru_cache(maxsize=4)
def get_engine(url: str) -> Engine:
    """One pooled engine a process and database; `url` is a SQLAlchemy URL."""
    return create_engine(url, pool_size=2, max_overflow=20, pool_pre_ping=True)


def migrate(url: str) -> None:
    """Brings the tables of the database at `url` to the newest version; safe to call at every start."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
