"""SIGTERM for a worker with a run: it hands the batch back between two documents; a second one ends it at once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from sqlalchemy import text

from ocr_pipeline.samples.generate import generate
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import NOBODY, Arrival
from ocr_pipeline.storage.objects import ObjectStore, open_store
from ocr_pipeline.storage.run_queue import RunQueue
from ocr_pipeline_tests.conftest import Services
from ocr_pipeline_tests.running_stack import wait_for

_DOCUMENTS = 12
_SECRETS = ("database_url", "redis_url", "s3_secret_key")


@contextmanager
def working(services: Services, folder: Path, drain_seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    settings = services.settings
    log = folder / "worker.log"
    environment = {
        **os.environ,
        **{f"OCR_{name.upper()}": getattr(settings, name).get_secret_value() for name in _SECRETS},
        **{f"OCR_{name.upper()}": getattr(settings, name) for name in ("s3_endpoint", "s3_access_key", "s3_bucket")},
        "OCR_DATA_DIR": str(folder / "data"),
        "OCR_DRAIN_SECONDS": str(drain_seconds),
        # One document after the other.
        "OCR_THREADS": "1",
        "DAGSTER_HOME": "",
    }
    command = [sys.executable, "-m", "ocr_pipeline", "worker", "--queue", "interactive"]
    with log.open("wb") as file:
        worker = subprocess.Popen(command, env=environment, stdout=file, stderr=file, cwd=folder)
    try:
        yield worker
    finally:
        if worker.poll() is None:
            for process in psutil.Process(worker.pid).children(recursive=True):
                process.kill()
            worker.kill()
        worker.wait()


@pytest.fixture
def store(services: Services) -> Iterator[ObjectStore]:
    store = open_store(services.settings)
    yield store
    store.close()


@pytest.mark.timeout(400)
def test_a_worker_that_is_to_stop_hands_its_batch_back(
    services: Services, ledger: Ledger, store: ObjectStore, tmp_path: Path
) -> None:
    with working(services, tmp_path, drain_seconds=0.0) as worker:
        batch = _begun(services, ledger, store, tmp_path, seed=71)
        ledger.take_unfinished_batches(0.0)

        worker.send_signal(signal.SIGTERM)

        assert worker.wait(60) == 0
    (run,) = _rows(
        services,
        "SELECT r.run_id, r.status, t.value FROM dagster.runs r JOIN dagster.run_tags p ON p.run_id = r.run_id "
        "JOIN dagster.run_tags t ON t.run_id = r.run_id AND t.key = 'ocr_pipeline/handed_back' "
        "WHERE p.key = 'dagster/partition' AND p.value = :batch",
        batch=batch,
    )
    assert run[1:] == ("FAILURE", "true")
    said = _rows(services, "SELECT event FROM dagster.event_logs WHERE run_id = :run", run=run[0])
    assert any("The worker was told to stop" in event for (event,) in said)
    assert not any(document.state.is_final for document in ledger.batch_documents(batch))
    assert [found.key for found in ledger.take_unfinished_batches(3600.0)] == [batch], "nobody looks after it at once"


@pytest.mark.timeout(400)
def test_a_second_signal_ends_it_at_once(
    services: Services, ledger: Ledger, store: ObjectStore, tmp_path: Path
) -> None:
    with working(services, tmp_path, drain_seconds=600.0) as worker:
        batch = _begun(services, ledger, store, tmp_path, seed=72)

        worker.send_signal(signal.SIGTERM)
        log = tmp_path / "worker.log"
        wait_for(lambda: "Warm shutdown" in log.read_text() or None, 10, log.read_text)
        worker.send_signal(signal.SIGTERM)

        worker.wait(30)
    assert not any(document.state.is_final for document in ledger.batch_documents(batch))


def _begun(services: Services, ledger: Ledger, store: ObjectStore, folder: Path, seed: int) -> str:
    """A batch of which a worker has done something; its run was sent as one that somebody waits for."""
    log = folder / "worker.log"
    prefix = f"tests/{uuid4().hex}/"
    arrivals = []
    for sample in generate(folder / "samples", seed=seed, count=_DOCUMENTS):
        stored = store.upload(prefix + sample.path.name, BytesIO(sample.path.read_bytes()))
        arrivals.append(Arrival(sample.path.name, stored.key, stored.etag, stored.size))
    before = {found.key for found in store.list("stages/")}
    batch, _ = ledger.register_batch(arrivals, NOBODY)
    queue = RunQueue(services.settings.redis_url.get_secret_value())
    queue.send(batch, {"dagster/partition": batch})
    queue.close()
    wait_for(lambda: {found.key for found in store.list("stages/")} - before or None, 180, log.read_text)
    return batch


def _rows(services: Services, sql: str, **values: str) -> list[tuple[str, ...]]:
    with services.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql), values)]
