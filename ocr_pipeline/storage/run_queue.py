"""The queue of runs that somebody waits for: a Celery queue in Redis, which warm workers take from at once.

Such a run is no run of Dagster's yet: the worker that takes it creates it and carries it out in one go (see
``orchestration/interactive_run.py``), which spares the time that Dagster takes to hand a run from server to server.
"""

import json
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from uuid import NAMESPACE_URL, uuid5

import redis
from celery import Celery
from kombu.exceptions import OperationalError

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.connections import CELERY, redis_client
from ocr_pipeline.storage.queues import Queue, redis_lists

TASK = "ocr_pipeline.process_batch"
"""Name of the Celery task; it takes the batch's key and the tags of its run."""

_CONNECT_SECONDS = 2.0
_ANSWER_SECONDS = 2.0
_UNACKNOWLEDGED = "unacked"
"""Where kombu keeps what a worker fetched and did not acknowledge yet: it delivers that again after a while."""
_LOOK_AGAIN_SECONDS = 3.0


def run_id_of(batch: str) -> str:
    """The id of the batch's run from this queue, and of its Celery task; a batch is sent through it once."""
    return str(uuid5(NAMESPACE_URL, f"ocr-pipeline:{batch}"))


class RunQueue:
    def __init__(self, redis_url: str) -> None:
        self._app = Celery("runs", broker=redis_url, set_as_current=False)
        self._app.conf.broker_transport_options = {
            **CELERY["broker_transport_options"],
            # Somebody waits for the answer.
            "socket_connect_timeout": _CONNECT_SECONDS,
            "socket_timeout": _ANSWER_SECONDS,
        }
        self._client = redis_client(redis_url)
        self._kept: dict[str, tuple[float, frozenset[str]]] = {}

    def send(self, batch: str, tags: Mapping[str, str]) -> None:
        """Has a run of the batch carried out, under these tags. Blocks for some milliseconds.

        Raises PipelineError(SERVICE_UNAVAILABLE) where Redis is away, or does not answer: then it may have got it.
        """
        try:
            self._app.send_task(
                TASK, (batch, dict(tags)), task_id=run_id_of(batch), queue=Queue.INTERACTIVE.value, priority=0
            )
        except (OperationalError, redis.RedisError) as error:
            raise PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part="Redis") from error

    def waiting(self, queue: str = Queue.INTERACTIVE) -> set[str]:
        """The ids of the tasks in a queue that no worker has taken yet."""
        with self._client.pipeline(transaction=False) as pipeline:
            for key in redis_lists(queue):
                pipeline.lrange(key, 0, -1)
            return {_task_id(json.loads(message)) for messages in pipeline.execute() for message in messages}

    def keeps(self, queue: str, task_id: str) -> bool:
        """Whether a task waits, or was fetched and will be delivered again if it is not begun.

        A task on its way from Redis to a worker is in neither place for a moment, and what is known is some seconds
        old: only who gets the same answer twice, with a while between, may rely on a no.
        """
        looked, kept = self._kept.get(queue, (0.0, frozenset()))
        if time.monotonic() - looked > _LOOK_AGAIN_SECONDS or not looked:
            # In the order in which a task moves.
            kept = frozenset(self.waiting(queue) | self._unacknowledged())
            self._kept[queue] = time.monotonic(), kept
        return task_id in kept

    def close(self) -> None:
        self._app.close()
        self._client.close()

    def _unacknowledged(self) -> set[str]:
        fetched: Iterable[bytes] = self._client.hvals(_UNACKNOWLEDGED)  # type: ignore[assignment]  # not of asyncio
        return {_task_id(json.loads(entry)[0]) for entry in fetched}


def _task_id(message: Mapping[str, Mapping[str, str]]) -> str:
    return message["headers"]["id"]


@lru_cache(maxsize=4)
def open_run_queue(redis_url: str) -> RunQueue:
    return RunQueue(redis_url)
