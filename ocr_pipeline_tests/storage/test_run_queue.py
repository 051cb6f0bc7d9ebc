"""The queue of interactive runs: what is sent waits there, and a Celery worker can take it."""

import socket
from collections.abc import Iterator

import pytest
import redis
from celery import Celery

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage import run_queue
from ocr_pipeline.storage.ledger_rows import Lane
from ocr_pipeline.storage.run_queue import TASK, RunQueue, run_id_of
from ocr_pipeline_tests.conftest import Services

BATCH = "2026-11-22T10-05-00Z_000007"


@pytest.fixture
def redis_url(services: Services) -> str:
    url = services.settings.redis_url.get_secret_value()
    with redis.Redis.from_url(url) as client:
        client.delete(Lane.INTERACTIVE.value)
    return url


@pytest.fixture
def queue(redis_url: str) -> Iterator[RunQueue]:
    queue = RunQueue(redis_url)
    yield queue
    queue.close()


def test_a_run_that_is_sent_waits_under_the_id_that_is_known_beforehand(queue: RunQueue) -> None:
    assert queue.waiting() == set()
    queue.send(BATCH, {})
    assert queue.waiting() == {run_id_of(BATCH)}
    assert run_id_of(BATCH) != run_id_of("2026-11-22T10-05-00Z_000008")


def test_celery_takes_it_with_batch_and_tags(queue: RunQueue, redis_url: str) -> None:
    queue.send(BATCH, {"ocr-request/1": "019b"})

    with (
        Celery(broker=redis_url) as app,
        app.connection_for_read() as connection,
        connection.SimpleQueue(Lane.INTERACTIVE.value) as waiting,
    ):
        message = waiting.get(timeout=5)
        message.ack()

    assert message.headers["task"] == TASK
    assert message.headers["id"] == run_id_of(BATCH)
    assert message.payload[0] == [BATCH, {"ocr-request/1": "019b"}]
    assert queue.waiting() == set()


def test_without_redis_it_says_so() -> None:
    queue = RunQueue("redis://127.0.0.1:1/0")
    with pytest.raises(PipelineError) as caught:
        queue.send(BATCH, {})
    assert caught.value.code == ErrorCode.SERVICE_UNAVAILABLE
    queue.close()


def test_where_redis_does_not_answer_it_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_queue, "_ANSWER_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        queue = RunQueue(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0")
        with pytest.raises(PipelineError) as caught:
            queue.send(BATCH, {})
        assert caught.value.code == ErrorCode.SERVICE_UNAVAILABLE
        queue.close()


@pytest.mark.parametrize("priority", [0, 3, 6, 9])
def test_what_waits_or_was_fetched_is_kept(
    redis_url: str, queue: RunQueue, monkeypatch: pytest.MonkeyPatch, priority: int
) -> None:
    monkeypatch.setattr(run_queue, "_LOOK_AGAIN_SECONDS", 0.0)
    with Celery(broker=redis_url) as app, app.connection_for_read() as connection:
        app.send_task("a", task_id="kept", queue="some", priority=priority)
        assert queue.keeps("some", "kept")
        assert not queue.keeps("some", "lost")
        assert not queue.keeps("other", "kept")

        waiting = connection.SimpleQueue("some")
        message = waiting.get(timeout=5)
        assert queue.waiting("some") == set()
        assert queue.keeps("some", "kept")
        message.ack()
        assert not queue.keeps("some", "kept")
        waiting.close()
