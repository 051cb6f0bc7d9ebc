"""The queue of runs that somebody waits for: a Celery queue in Redis, which warm workers take from at once.

Such a run is no run of Dagster's yet: the worker that takes it creates it and carries it out in one go (see
``orchestration/interactive_run.py``), which spares the time that Dagster takes to hand a run from server to server.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from uuid import NAMESPACE_URL, uuid5

import redis
from celery import Celery
from kombu.exceptions import OperationalError

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.ledger_rows import Lane

TASK = "ocr_pipeline.process_batch"
"""Name of the Celery task; it takes the batch's key and the tags of its run."""

_CONNECT_SECONDS = 2.0
_ANSWER_SECONDS = 2.0


def run_id_of(batch: str) -> str:
    """The id of the batch's run from this queue, and of its Celery task; a batch is sent through it once."""
    return str(uuid5(NAMESPACE_URL, f"ocr-pipeline:{batch}"))


class RunQueue:
    def __init__(self, redis_url: str) -> None:
        self._app = Celery("runs", broker=redis_url, set_as_current=False)
        self._app.conf.broker_transport_options = {
            "socket_connect_timeout": _CONNECT_SECONDS,
            "socket_timeout": _ANSWER_SECONDS,
        }
        self._client = redis.Redis.from_url(redis_url, socket_connect_timeout=_CONNECT_SECONDS)

    def send(self, batch: str, tags: Mapping[str, str]) -> None:
        """Has a run of the batch carried out, under these tags. Blocks for some milliseconds.

        Raises PipelineError(SERVICE_UNAVAILABLE) where Redis is away, or does not answer: then it may have got it.
        """
        try:
            self._app.send_task(
                TASK, (batch, dict(tags)), task_id=run_id_of(batch), queue=Lane.INTERACTIVE.value, priority=0
            )
        except (OperationalError, redis.RedisError) as error:
            raise PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part="Redis") from error

    def waiting(self) -> set[str]:
        """The ids of the runs that no worker has taken yet."""
        messages: list[bytes] = self._client.lrange(Lane.INTERACTIVE.value, 0, -1)  # type: ignore[assignment]
        return {json.loads(message)["headers"]["id"] for message in messages}

    def close(self) -> None:
        self._app.close()
        self._client.close()


@lru_cache(maxsize=4)
def open_run_queue(redis_url: str) -> RunQueue:
    return RunQueue(redis_url)
