"""How many documents are waiting: asked of Postgres once a second and process, however many want to know."""

import asyncio
import time

from sqlalchemy import Engine

from api.observation.probing import in_own_thread
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.backlog import unfinished

_FRESH_SECONDS = 1.0


class Backlog:
    def __init__(self, engine: Engine, most: int) -> None:
        self._engine = engine
        self._most = most
        self._count = 0
        self._counted_at = -float("inf")
        self._counting = asyncio.Lock()

    async def check(self) -> None:
        """Raises PipelineError(BACKLOG_FULL) where no more documents are taken, and SQLAlchemyError."""
        async with self._counting:
            if time.monotonic() - self._counted_at > _FRESH_SECONDS:
                self._count = sum((await in_own_thread(lambda: unfinished(self._engine, self._most))).values())
                self._counted_at = time.monotonic()
        if self._count >= self._most:
            raise PipelineError(ErrorCode.BACKLOG_FULL, count=self._count, limit=self._most)
