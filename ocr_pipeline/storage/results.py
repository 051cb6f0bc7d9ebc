"""Finished documents in Redis: what the API answers from, and the bell that wakes a waiting request."""

from functools import lru_cache

import redis
import redis.asyncio
from pydantic import ValidationError

from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.settings import Settings


def _key(document_id: str) -> str:
    return f"ocr:result:{document_id}"


class Results:
    """Written by the pipeline."""

    def __init__(self, client: "redis.Redis", lifetime_seconds: int) -> None:
        self._client = client
        self._lifetime = lifetime_seconds

    def publish(self, outcomes: list[Outcome]) -> None:
        """Stores each outcome for its lifetime, then wakes whoever waits for it."""
        with self._client.pipeline(transaction=False) as pipeline:
            for outcome in outcomes:
                pipeline.set(_key(outcome.id), outcome.model_dump_json(), ex=self._lifetime)
                pipeline.publish(_key(outcome.id), "done")
            pipeline.execute()


@lru_cache(maxsize=4)
def open_results(settings: Settings) -> Results:
    client = redis.Redis.from_url(settings.redis_url.get_secret_value())
    return Results(client, settings.result_seconds)


class WaitingResults:
    """Read by the API, without blocking its event loop."""

    def __init__(self, client: "redis.asyncio.Redis") -> None:
        self._client = client

    async def get(self, document_id: str) -> Outcome | None:
        """None also for what another release wrote in another form; the tables have it in theirs."""
        data = await self._client.get(_key(document_id))
        try:
            return None if data is None else Outcome.model_validate_json(data)
        except ValidationError:
            return None

    async def wait(self, document_id: str, seconds: float) -> Outcome | None:
        """The outcome as soon as it is there, or None after `seconds`."""
        async with self._client.pubsub() as subscription:
            # Subscribe first, look second: an outcome that arrives in between rings the bell.
            await subscription.subscribe(_key(document_id))
            await subscription.get_message(timeout=5)  # the subscription's own confirmation
            outcome = await self.get(document_id)
            if outcome is None and seconds > 0:
                await subscription.get_message(ignore_subscribe_messages=True, timeout=seconds)
                outcome = await self.get(document_id)
            return outcome

    async def is_reachable(self) -> bool:
        """Whether Redis answers; raises nothing."""
        try:
            return bool(await self._client.ping())
        except redis.RedisError:
            return False
