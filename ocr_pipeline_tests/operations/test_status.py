"""`ocr-pipeline status` by settings alone, with real services and a real worker that does nothing."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery
from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.test_utils import create_run_for_test
from typer.testing import CliRunner

from ocr_pipeline.cli import app
from ocr_pipeline.operations.work import Documents, Tick, Work, Worker
from ocr_pipeline.operations.work_page import ago
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage import batch_statistics, schema
from ocr_pipeline.storage.batch_statistics import BatchStatistics
from ocr_pipeline.storage.ledger_rows import Arrival, Lane
from ocr_pipeline.storage.queues import redis_lists
from ocr_pipeline_tests.orchestration.batch_runs import Batches

_WORKER = """
import sys, time
from celery import Celery
app = Celery("stand-in", broker=sys.argv[1])
@app.task(name="ocr_pipeline.process_batch")
def process_batch(batch, tags):
    time.sleep(600)
app.worker_main(["worker", "-n", "batch-1@host-2", "-Q", "interactive,gpu", "-c", "1", "--pool", "threads",
                 "--without-gossip", "--without-mingle", "--loglevel", "ERROR"])
"""
NOW = datetime.now(UTC)


def status(expected: int) -> Any:
    done = CliRunner().invoke(app, ["status", "--json"], env={"OCR_DATA_DIR": "/nonexistent/of-tests"})
    assert done.exit_code == expected, done.output
    return json.loads(done.stdout)["work"]


@pytest.fixture
def broker(batches: Batches) -> Iterator[str]:
    url = get_settings().redis_url.get_secret_value()
    with redis.Redis.from_url(url) as client:
        client.delete("interactive", "gpu", *redis_lists("batch"))
        yield url
        client.delete("interactive", "gpu", *redis_lists("batch"))


@pytest.fixture
def worker(broker: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", _WORKER, broker], cwd="/", env={**os.environ}) as process:
        yield process
        process.kill()


def test_work_is_counted(batches: Batches, instance: DagsterInstance, broker: str) -> None:
    services = batches.services
    batch = batches.of_files({f"{number}.jpg": b"x" for number in range(3)})
    services.ledger.start_batch(batch)
    services.ledger.register([Arrival("a.jpg", "inbox/a.jpg", "e", 1), Arrival("b.jpg", "inbox/b.jpg", "e", 1)])
    done = batches.of_files({"c.jpg": b"x"})
    with services.database.begin() as connection:
        ended = schema.batches.update().where(schema.batches.c.key == done)
        connection.execute(ended.values(finished_at=NOW, faults=2))
        connection.execute(schema.ledger.update().where(schema.ledger.c.batch == done).values(finished_at=NOW))
        connection.execute(schema.batches.update().where(schema.batches.c.key == batch).values(faults=1))
    with services.database.begin() as connection:
        batch_statistics.save(connection, _statistics(done))
    instance.report_run_failed(create_run_for_test(instance, status=DagsterRunStatus.STARTED))
    with redis.Redis.from_url(broker) as client:
        for name in redis_lists("batch"):
            client.lpush(name, "{}")

    work = status(3)
    assert (work["documents"]["waiting"], work["documents"]["processing"]) == (2, 3)
    assert datetime.fromisoformat(work["documents"]["oldest"]) < datetime.now(UTC)
    assert (work["batches"]["unfinished"], work["batches"]["faults"]) == (1, 1)
    assert work["last_hour"] == {"batches": 1, "documents": 10, "rejected": 4, "faults": 2, "failed_runs": 1}
    assert work["queues"] == {"interactive": 0, "housekeeping": 0, "gpu": 0, "batch": len(redis_lists("batch"))}
    assert work["workers"] == []
    assert work["services"] == {"Postgres": True, "Redis": True, "S3": True}


def test_worker_tells_where_it_is_and_what_it_does(broker: str, worker: subprocess.Popen[bytes]) -> None:
    with Celery(broker=broker, set_as_current=False) as sender:
        sender.send_task("ocr_pipeline.process_batch", ("the-batch", {}), queue="interactive", task_id="the-run")
    end = time.monotonic() + 60
    while not (work := status_of_a_worker()) and time.monotonic() < end:
        assert worker.poll() is None
    assert work is not None
    (told,) = work["workers"]
    assert (told["name"], told["host"], told["queues"]) == ("batch-1@host-2", "host-2", ["gpu", "interactive"])
    assert (told["tasks"][0]["batch"], told["tasks"][0]["run"]) == ("the-batch", "the-run")
    page = CliRunner().invoke(app, ["status"], env={"COLUMNS": "200"})
    assert page.exit_code == 0
    assert "batch the-batch" in page.stdout


def status_of_a_worker() -> Any:
    work = json.loads(CliRunner().invoke(app, ["status", "--json"]).stdout)["work"]
    return work if work["workers"] and work["workers"][0]["tasks"] else None


def test_what_is_away_is_told_and_the_rest_too(
    batches: Batches, broker: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OCR_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("OCR_DAGSTER_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("OCR_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    work = status(3)
    assert work["services"] == {"Postgres": True, "Redis": False, "S3": True, "Dagster": False}
    assert (work["queues"], work["workers"]) == (None, None)
    assert work["documents"] == {"waiting": 0, "processing": 0, "oldest": None}


def test_problems_are_said() -> None:
    worker = Worker(name="a@b", host="b", queues=("batch",), tasks=())
    tick = Tick(name="inbox", kind="sensor", status="FAILURE", at=NOW, failure="no S3")
    work = Work(
        services={"Redis": True, "S3": False},
        documents=Documents(waiting=0, processing=0, oldest=None),
        batches=None,
        last_hour=None,
        webhooks_due=0,
        queues={"batch": 3, "gpu": 2, "interactive": 0},
        workers=(worker,),
        ticks=(tick,),
    )
    assert work.problems == [
        "S3 does not answer.",
        "No worker serves the queue gpu, in which runs wait.",
        "The last tick of the sensor inbox failed: no S3",
    ]
    assert work.model_copy(update={"workers": (), "services": {}, "ticks": ()}).problems == ["No worker answers."]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(5, "5 s ago"), (200, "3 min ago"), (9000, "2 h ago"), (-1, "0 s ago")]
)
def test_ago(seconds: int, expected: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == expected


def _statistics(batch: str) -> BatchStatistics:
    return BatchStatistics(
        batch=batch, tenant="default", lane=Lane.BATCH, finished_at=NOW, documents=10, pages=10, accepted=6,
        needs_review=0, rejected=4, valid=10, confidence=None, with_sums=0, reconciled=0, duplicates=0, filled={},
        seconds={}, versions={},
    )  # fmt: skip
