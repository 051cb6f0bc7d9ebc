"""Redis: finished documents, which the API answers from, and how far batches are.

Postgres holds all that matters; what is lost here is only slower to get.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import TracebackType
from typing import NamedTuple, Self

import redis
import redis.asyncio

from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.bells import ANY_BATCH, CHANNEL, Bell, Bells, batch_bell, document_bell, progress_bell
from ocr_pipeline.storage.connections import redis_client

_DAY = timedelta(days=1)
_FORGET_SECONDS = 60
_LOOK_AGAIN_SECONDS = 5.0
"""A bell that is lost costs so much time, and nothing else."""
_FORM = hashlib.sha256(json.dumps(Outcome.model_json_schema(), sort_keys=True).encode()).hexdigest()[:8]
"""Part of the keys: what another release wrote in another form is not found, and the tables have it in theirs."""


class Published(NamedTuple):
    tenant: str
    outcome: Outcome


class Progress(NamedTuple):
    """Of a batch's run."""

    stage: str
    done: int
    """Documents."""
    total: int


class Results:
    """Written by the pipeline."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client

    def publish(self, published: Sequence[Published]) -> None:
        """Stores each outcome until it expires, a day at most, then wakes whoever waits for it."""
        with self._client.pipeline(transaction=False) as pipeline:
            for tenant, outcome in published:
                if (seconds := _lifetime(outcome)) > 0:
                    pipeline.set(_key(tenant, outcome.id), outcome.model_dump_json(), ex=seconds)
                pipeline.publish(CHANNEL, document_bell(tenant, outcome.id))
            pipeline.execute()

    def forget(self, tenant: str, document_ids: Iterable[str]) -> None:
        """As `WaitingResults.forget`."""
        with self._client.pipeline(transaction=False) as pipeline:
            for id_ in document_ids:
                pipeline.set(_key(tenant, id_), b"", ex=_FORGET_SECONDS)
            pipeline.execute()

    def tell_progress(self, batch: str, stage: str, done: int, total: int) -> None:
        """Notes how far the batch's run is, for a day, and wakes whoever follows it."""
        with self._client.pipeline(transaction=False) as pipeline:
            pipeline.set(_progress_key(batch), json.dumps(Progress(stage, done, total)), ex=_DAY)
            pipeline.publish(CHANNEL, progress_bell(batch))
            pipeline.execute()

    def ring(self, batch: str) -> None:
        """Wakes whoever waits for the batch, or for a batch to be done: documents of it became final."""
        self._client.publish(CHANNEL, batch_bell(batch))


@lru_cache(maxsize=4)
def open_results(settings: Settings) -> Results:
    return Results(redis_client(settings.redis_url.get_secret_value()))


class WaitingResults:
    """Read by the API, without blocking its event loop; hears bells while entered."""

    def __init__(self, client: "redis.asyncio.Redis") -> None:
        self._client = client
        self._bells = Bells(client)

    async def __aenter__(self) -> Self:
        await self._bells.__aenter__()
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self._bells.__aexit__()

    async def get(self, tenant: str, document_id: str) -> bytes | None:
        """The outcome of a finished document as it is stored, in JSON."""
        return await self._get(tenant, document_id) or None

    async def wait(self, tenant: str, document_id: str, seconds: float) -> bytes | None:
        """The outcome as soon as it is there; None after `seconds`, or at once where it came and was forgotten."""
        end = time.monotonic() + seconds
        rang = False
        with self._bells.listening(document_bell(tenant, document_id)) as bell:
            while True:
                # Listen first, look second: an outcome that arrives in between rings the bell.
                found = await self._get(tenant, document_id)
                left = end - time.monotonic()
                if found or (rang and found is not None) or left <= 0:
                    return found or None
                rang = await bell.wait(min(left, _LOOK_AGAIN_SECONDS))

    async def put_back(self, tenant: str, outcome: Outcome) -> None:
        """Keeps what the tables said of a finished document, until it expires, a day at most."""
        if (seconds := _lifetime(outcome)) > 0:
            # Not over what the pipeline published meanwhile, nor where the document was erased meanwhile.
            await self._client.set(_key(tenant, outcome.id), outcome.model_dump_json(), ex=seconds, nx=True)

    async def forget(self, tenant: str, document_ids: Iterable[str]) -> None:
        """Drops outcomes that may be seen no more, or will change, even if somebody is about to put them back."""
        async with self._client.pipeline(transaction=False) as pipeline:
            for id_ in document_ids:
                pipeline.set(_key(tenant, id_), b"", ex=_FORGET_SECONDS)
            await pipeline.execute()

    def batch_bell(self, batch: str) -> AbstractContextManager[Bell]:
        """A bell that rings when documents of the batch became final, or its run came further.

        To be entered before one looks at the batch, so that nothing between look and wait is missed.
        """
        return self._bells.listening(batch_bell(batch), progress_bell(batch))

    def any_batch_bell(self) -> AbstractContextManager[Bell]:
        """A bell that rings when documents of any batch became final."""
        return self._bells.listening(ANY_BATCH)

    async def progress(self, batch: str) -> Progress | None:
        """How far the batch's run is; None where nothing is known."""
        data = await self._client.get(_progress_key(batch))
        return None if data is None else Progress(*json.loads(data))

    async def is_reachable(self) -> bool:
        """Whether Redis answers; raises nothing."""
        try:
            return bool(await self._client.ping())
        except redis.RedisError:
            return False

    async def _get(self, tenant: str, document_id: str) -> bytes | None:
        """Empty for what was forgotten."""
        found = await self._client.get(_key(tenant, document_id))
        return found if isinstance(found, bytes) else None  # the client decodes nothing


def _lifetime(outcome: Outcome) -> int:
    """Seconds for which Redis keeps it."""
    left = _DAY if outcome.expires_at is None else min(_DAY, outcome.expires_at - datetime.now(UTC))
    return int(left.total_seconds())


def _key(tenant: str, document_id: str) -> str:
    """Another tenant's document is simply not there."""
    return f"ocr:result:{_FORM}:{tenant}:{document_id}"


def _progress_key(batch: str) -> str:
    return f"ocr:progress:{batch}"
