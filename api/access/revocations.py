"""Which tokens are revoked: each process knows them all, so no request has to ask Postgres."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self

from api.observation.probing import in_own_thread
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.token_store import TokenStore

_INTERVAL_SECONDS = 3
_START_SECONDS = 2
"""How long the first requests wait for the first reading."""

_log = logging.getLogger(__name__)


class Revocations:
    """While Postgres is away, what was known last counts: nothing can be revoked in that time anyway.

    A process that has never reached it takes no token that could have been revoked.
    """

    def __init__(self, store: TokenStore) -> None:
        self._store = store
        self._revoked: frozenset[str] | None = None
        self._read = asyncio.Event()

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[Self]:
        """Keeps up with Postgres meanwhile."""
        task = asyncio.create_task(self._follow())
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def holds(self, token_id: str) -> bool:
        """Whether the token is revoked. Raises PipelineError(SERVICE_UNAVAILABLE) where that is not known."""
        if self._revoked is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._read.wait(), _START_SECONDS)
        if self._revoked is None:
            raise PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part="Postgres")
        return token_id in self._revoked

    async def _follow(self) -> None:
        while True:
            try:
                self._revoked = await in_own_thread(self._store.revoked)
            except Exception as error:  # noqa: BLE001 - whatever it is, to stop asking would make revoking void
                _log.warning("The revoked tokens cannot be read: %s", error)
            self._read.set()
            await asyncio.sleep(_INTERVAL_SECONDS)
