from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text

from ocr_pipeline.storage import schema
from ocr_pipeline.storage.database import migrate
from ocr_pipeline_tests.conftest import Services

NewDatabase = Callable[[str], Engine]
_INDEXES = text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'ocr_pipeline_version'")


@pytest.fixture
def new_database(services: Services) -> Iterator[NewDatabase]:
    """Makes an empty database on the server; it is gone after the test."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(_database(services.engine, name))


@contextmanager
def _database(server: Engine, name: str) -> Iterator[Engine]:
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        engine = create_engine(server.url.set(database=name))
        try:
            yield engine
        finally:
            engine.dispose()
            connection.execute(text(f"DROP DATABASE {name}"))


def url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def test_migrations_make_the_tables_of_the_schema(new_database: NewDatabase) -> None:
    migrated, made = new_database("migrated"), new_database("made")
    migrate(url(migrated))
    schema.metadata.create_all(made)
    with migrated.connect() as connection, made.connect() as other:
        options = {"version_table": "ocr_pipeline_version", "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), schema.metadata) == []
        # Alembic does not compare which rows an index holds.
        assert set(connection.scalars(_INDEXES)) == set(other.scalars(_INDEXES))


def test_migrating_again_changes_nothing(new_database: NewDatabase) -> None:
    engine = new_database("twice")
    migrate(url(engine))
    with engine.begin() as connection:
        connection.execute(schema.batches.insert().values(key="kept"))
    migrate(url(engine))
    with engine.connect() as connection:
        assert list(connection.scalars(text("SELECT key FROM batches"))) == ["kept"]


def test_dagsters_own_schema_is_not_touched(new_database: NewDatabase) -> None:
    engine = new_database("shared")
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA dagster"))
        connection.execute(text("CREATE TABLE dagster.runs (id int)"))
        connection.execute(text("CREATE TABLE dagster.alembic_version (version_num text)"))
        connection.execute(text("INSERT INTO dagster.alembic_version VALUES ('dagsters')"))
    migrate(url(engine))
    assert set(inspect(engine).get_table_names("dagster")) == {"runs", "alembic_version"}
    assert set(inspect(engine).get_table_names("public")) == {*schema.metadata.tables, "ocr_pipeline_version"}
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM dagster.alembic_version")) == "dagsters"
