"""Dagster's storage: its own schema, and few connections however many events."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dagster import DagsterInstance, asset, materialize
from sqlalchemy import Engine, event, text

from ocr_pipeline_tests.conftest import Services


def test_runs_share_few_connections_and_leave_our_tables_alone(
    services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OCR_DATABASE_URL", services.settings.database_url.get_secret_value())
    (tmp_path / "dagster.yaml").write_text(
        "storage:\n  custom:\n    module: ocr_pipeline.orchestration.run_storage\n    class: PooledPostgresStorage\n"
        "    config:\n      postgres_url:\n        env: OCR_DATABASE_URL\ntelemetry:\n  enabled: false\n"
    )

    @asset
    def nothing() -> None: ...

    ours = _tables(services, "public")
    before = _connections(services)
    for _ in range(3):
        with DagsterInstance.from_config(str(tmp_path)) as instance:
            assert materialize([nothing], instance=instance).success
            with _statements() as statements:
                assert materialize([nothing], instance=instance).success
            # One run of an instance finds out what the tables look like; those after it know.
            assert statements
            assert not [statement for statement in statements if "pg_catalog" in statement]

    assert _tables(services, "public") == ours
    assert {"runs", "event_logs"} <= _tables(services, "dagster")
    assert _connections(services) - before <= 4


def _connections(services: Services) -> int:
    with services.engine.connect() as connection:
        opened = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(connection.execute(opened).scalar_one())


@contextmanager
def _statements() -> Iterator[list[str]]:
    """Those that go to any database meanwhile."""
    seen: list[str] = []

    def see(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", see)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", see)


def _tables(services: Services, schema: str) -> set[str]:
    query = text("SELECT table_name FROM information_schema.tables WHERE table_schema = :schema")
    with services.engine.connect() as connection:
        return set(connection.scalars(query, {"schema": schema}))
