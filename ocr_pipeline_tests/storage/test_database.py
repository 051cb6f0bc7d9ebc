import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from ocr_pipeline.errors import PipelineError
from ocr_pipeline.storage import migrations, patterns_schema, schema
from ocr_pipeline.storage.database import get_engine, migrate, require_migrated
from ocr_pipeline.storage.tables import load_verdict
from ocr_pipeline_tests.conftest import Services

NewDatabase = Callable[[str], Engine]
assert patterns_schema.vendor_lessons.metadata is schema.metadata, "or the tests below would not see it"
_FIELD = {"value": "12.50", "confidence": 0.9, "evidence": {"page": 1, "box": [0, 0, 1, 1], "words": ["12.50"]}}
_OLD_LEDGER_ROW = text(
    "INSERT INTO ledger (id, file, object_key, etag, size, sha256, state) VALUES (:id, 'f', :id, 'e', 1, 'aa', :state)"
)
_OLD_DOCUMENT_ROW = text(
    "INSERT INTO documents (document_id, state, confidence, verdict, version) "
    "VALUES ('1', 'accepted', 0.9, :verdict, 'v')"
)
_OLD_QUARANTINE_ROWS = text(
    "INSERT INTO quarantine (document_id, reasons, verdict, version) "
    "VALUES ('2', '[]', :verdict, 'v'), ('3', '[]', NULL, 'v')"
)
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


@pytest.mark.parametrize("pause", [0.0, 0.7])
def test_a_connection_that_was_cut_meanwhile_is_noticed_after_a_moment(new_database: NewDatabase, pause: float) -> None:
    engine = get_engine(url(new_database(f"cut_{round(pause * 10)}")))
    try:
        with engine.connect() as connection:
            process = connection.scalar(text("SELECT pg_backend_pid()"))
        with create_engine(engine.url, poolclass=NullPool).connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:process)"), {"process": process})
        time.sleep(pause)
        with nullcontext() if pause else pytest.raises(OperationalError), engine.connect() as connection:
            assert connection.scalar(text("SELECT pg_backend_pid()")) != process
    finally:
        engine.dispose()


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


def test_a_worker_wants_tables_that_are_not_older_than_its_release(new_database: NewDatabase) -> None:
    engine = new_database("joined")
    with pytest.raises(
        PipelineError, match=r"its tables have version none and \d+ is needed; run `ocr-pipeline migrate`"
    ):
        require_migrated(url(engine))
    migrate(url(engine))
    require_migrated(url(engine))
    for version in ("0001", "a later release's"):
        with engine.begin() as connection:
            connection.execute(text("UPDATE ocr_pipeline_version SET version_num = :version"), {"version": version})
        with pytest.raises(PipelineError, match="version 0001") if version == "0001" else nullcontext():
            require_migrated(url(engine))


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


def test_rows_of_the_first_release_stay_and_can_be_read(new_database: NewDatabase) -> None:
    engine = new_database("released")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    record = {"engine": "cpu-1", "fields": {"total": _FIELD}, "line_items": []}
    verdict = {"state": "accepted", "confidence": 0.9, "record": record, "reconciliation": {}, "reasons": []}
    with engine.begin() as connection:
        for id_ in ("1", "2", "3"):
            state = "rejected" if id_ == "3" else "accepted"
            connection.execute(_OLD_LEDGER_ROW, {"id": id_, "state": state})
        connection.execute(_OLD_DOCUMENT_ROW, {"verdict": json.dumps(verdict)})
        connection.execute(_OLD_QUARANTINE_ROWS, {"verdict": json.dumps(verdict)})

    migrate(url(engine))

    for id_ in ("1", "2"):
        found = load_verdict(engine, id_)
        assert found is not None
        assert (found.record.kind, found.record.fields["total"].value) == ("form", "12.50")
    assert load_verdict(engine, "3") is None
    with engine.connect() as connection:
        assert connection.execute(text("SELECT kind, extra, duplicate_of FROM documents")).all() == [("form", {}, None)]
        fingerprints = connection.execute(text("SELECT * FROM fingerprints ORDER BY 1")).all()
    assert fingerprints == [("1", "default:bytes:aa"), ("2", "default:bytes:aa")]
