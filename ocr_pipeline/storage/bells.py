"""Bells: how the pipeline wakes requests that wait. A message in Redis, heard by every process of the API.

Each process listens over one connection, however many of its requests wait.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

import redis
import redis.asyncio

CHANNEL = "ocr:bells"
"""A message in it is the name of what rings."""
ANY_BATCH = "batch"
"""Rings with every batch."""

_RETRY_SECONDS = 0.5
_log = logging.getLogger(__name__)


def document_bell(tenant: str, document_id: str) -> str:
    """Rings when the document's outcome is there."""
    return f"document:{tenant}:{document_id}"


def batch_bell(batch: str) -> str:
    """Rings when documents of the batch became final."""
    return f"batch:{batch}"


def progress_bell(batch: str) -> str:
    """Rings when the batch's run came further."""
    return f"progress:{batch}"


class Bell:
    """Rings for what happens while one listens; look first, then wait for it."""

    def __init__(self) -> None:
        self._rang = asyncio.Event()

    def ring(self) -> None:
        self._rang.set()

    async def wait(self, seconds: float) -> bool:
        """Whether it rang since the last call, or rings within `seconds`."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._rang.wait(), seconds)
        rang = self._rang.is_set()
        self._rang.clear()
        return rang


class Bells:
    """All bells of the pipeline, for one event loop; hears them while entered."""

    def __init__(self, client: "redis.asyncio.Redis") -> None:
        self._client = client
        self._bells: defaultdict[str, set[Bell]] = defaultdict(set)

    async def __aenter__(self) -> Self:
        self._listener = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        # redis-py takes a cancellation for a failure at times, while it connects.
        while not self._listener.done():
            self._listener.cancel()
            await asyncio.wait([self._listener], timeout=0.1)

    @contextmanager
    def listening(self, *names: str) -> Iterator[Bell]:
        """A bell that rings with each of these."""
        bell = Bell()
        for name in names:
            self._bells[name].add(bell)
        try:
            yield bell
        finally:
            for name in names:
                self._bells[name].remove(bell)
                if not self._bells[name]:
                    del self._bells[name]

    async def _listen(self) -> None:
        while True:
            try:
                async with self._client.pubsub() as subscription:
                    await subscription.subscribe(CHANNEL)
                    async for message in subscription.listen():
                        self._hear(message["type"], message["data"])
            except redis.RedisError as error:
                _log.warning("Redis does not tell what is finished: %s", error)
                await asyncio.sleep(_RETRY_SECONDS)

    def _hear(self, kind: str, data: bytes) -> None:
        if kind == "message":
            name = data.decode()
            self._ring(name)
            if name.startswith("batch:"):
                self._ring(ANY_BATCH)
        else:
            # Subscribed, perhaps again after the connection broke: whatever rang before was not heard.
            for name in self._bells:
                self._ring(name)

    def _ring(self, name: str) -> None:
        for bell in self._bells.get(name, ()):
            bell.ring()
