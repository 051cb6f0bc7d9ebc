"""What the API talks to, opened once a process and shared by all requests."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from sqlalchemy import Engine

from api.launcher import Launcher
from api.limits import RateLimit
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.objects import ObjectStore, open_store
from ocr_pipeline.storage.results import WaitingResults

_REDIS_CONNECTIONS = 5000
"""At most. Every request that waits for an outcome holds one; redis-py's own limit is 100, and it refuses the next."""
_REDIS_RETRY = Retry(ExponentialBackoff(cap=1.0, base=0.05), 4)
"""Pooled connections are dead after Redis was restarted, and it takes a second to come back."""


@dataclass(frozen=True)
class Backends:
    settings: Settings
    engine: Engine
    ledger: Ledger
    store: ObjectStore
    results: WaitingResults
    rate_limit: RateLimit
    launcher: Launcher


@asynccontextmanager
async def open_backends(settings: Settings) -> AsyncIterator[Backends]:
    """Connects to nothing yet: a service that is away now may be back by the first request."""
    redis_url = settings.redis_url.get_secret_value()
    engine = get_engine(settings.database_url.get_secret_value())
    async with AsyncExitStack() as stack:
        pool = ConnectionPool.from_url(redis_url, max_connections=_REDIS_CONNECTIONS, retry=_REDIS_RETRY)
        store = open_store(settings)
        stack.callback(store.close)
        connections = await stack.enter_async_context(aclosing(pool))
        yield Backends(
            settings=settings,
            engine=engine,
            ledger=Ledger(engine),
            store=store,
            results=WaitingResults(Redis(connection_pool=connections)),
            rate_limit=RateLimit(redis_url, connections, settings.requests_per_minute),
            launcher=await stack.enter_async_context(Launcher(settings.dagster_url)),
        )


def _of_app(request: Request) -> Backends:
    backends: Backends = request.state.backends
    return backends


FromApp = Annotated[Backends, Depends(_of_app)]
"""A route's or dependency's parameter that is given the process's backends."""
