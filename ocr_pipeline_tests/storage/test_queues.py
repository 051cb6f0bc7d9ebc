from typing import Any, get_args

import pytest
from celery import Celery

from ocr_pipeline.settings import STAGES
from ocr_pipeline.storage.connections import CELERY
from ocr_pipeline.storage.queues import PRIORITIES, MostUrgentFirst, Queue, redis_lists
from ocr_pipeline.versions import Stage
from ocr_pipeline_tests.conftest import Services


def test_one_worker_takes_what_somebody_waits_for_first_and_backfills_last(services: Services) -> None:
    redis_url = services.settings.redis_url.get_secret_value()
    sent = [("batch", 6), ("batch", 0), ("housekeeping", 0), ("interactive", 0)]
    taken: list[str] = []

    def take(message: Any) -> None:
        message.ack()
        taken.append(message.headers["id"])

    with Celery(broker=redis_url) as app:
        app.conf.update(CELERY)
        with app.connection_for_write() as connection:
            for queue, _ in sent:  # what other tests left
                connection.default_channel.queue_purge(queue)
        for queue, priority in sent:
            app.send_task("a", task_id=f"{queue}-{priority}", queue=queue, priority=priority)
        with app.connection_for_read() as connection, connection.channel() as channel:
            consumer = app.amqp.TaskConsumer(channel, queues=[app.amqp.queues[name] for name, _ in sent[1:]])
            consumer.on_message = take
            consumer.qos(prefetch_count=1)
            consumer.consume()
            while len(taken) < len(sent):
                connection.drain_events(timeout=5)
    assert taken == ["interactive-0", "housekeeping-0", "batch-0", "batch-6"]


def test_the_lists_are_those_that_kombu_uses(services: Services) -> None:
    redis_url = services.settings.redis_url.get_secret_value()
    with Celery(broker=redis_url) as app, app.connection_for_write() as connection:
        channel = connection.default_channel
        assert redis_lists("batch") == [channel._q_for_pri("batch", priority) for priority in PRIORITIES]
        assert list(PRIORITIES) == list(channel.priority_steps)


def test_queues_of_others_come_first() -> None:
    queues = MostUrgentFirst(["batch", "theirs", "gpu", "interactive"])
    queues.rotate("theirs")
    assert queues.consume(4) == ["theirs", "interactive", "gpu", "batch"]
    assert set(Queue) == {"interactive", "housekeeping", "gpu", "batch"}


def test_settings_know_the_stages() -> None:
    assert get_args(Stage) == STAGES


@pytest.mark.parametrize("options", [CELERY["broker_transport_options"]])
def test_a_run_is_delivered_again_only_after_a_worker_had_time_to_get_warm(options: dict[str, float]) -> None:
    from ocr_pipeline import worker

    assert options["visibility_timeout"] > worker.app.conf.worker_proc_alive_timeout
