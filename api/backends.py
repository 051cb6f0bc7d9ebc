"""What the API talks to, opened once a process and shared by all requests."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import httpx
from fastapi import Depends, Request
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from sqlalchemy import Engine

from api.access.backlog import Backlog
from api.access.jwks import Jwks
from api.access.limits import PageLimit, RequestLimit
from api.access.revocations import Revocations
from api.access.token_verifier import TokenVerifier
from api.launcher import Launcher
from api.observation.pipeline_metrics import PipelineMetrics
from api.submission.dispatcher import Dispatcher
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.objects import ObjectStore, open_store
from ocr_pipeline.storage.results import WaitingResults
from ocr_pipeline.storage.submissions import Submissions
from ocr_pipeline.storage.token_store import TokenStore

_REDIS_CONNECTIONS = 5000
"""At most. Every request holds one while it asks; redis-py's own limit is 100, and it refuses the next."""
_REDIS_RETRY = Retry(ExponentialBackoff(cap=1.0, base=0.05), 4)
"""Pooled connections are dead after Redis was restarted, and it takes a second to come back."""


@dataclass(frozen=True)
class Backends:
    settings: Settings
    engine: Engine
    ledger: Ledger
    store: ObjectStore
    results: WaitingResults
    verifier: TokenVerifier
    request_limit: RequestLimit
    page_limit: PageLimit
    backlog: Backlog
    metrics: PipelineMetrics
    launcher: Launcher
    submissions: Submissions
    dispatcher: Dispatcher


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
        client = Redis(connection_pool=connections)
        http_client = await stack.enter_async_context(httpx.AsyncClient())
        revocations = await stack.enter_async_context(Revocations(TokenStore(engine)).followed())
        ledger = Ledger(engine)
        results = await stack.enter_async_context(WaitingResults(client))
        launcher = await stack.enter_async_context(Launcher(settings.dagster_url, redis_url))
        # One more than there are workers: each has its next batch when it is done.
        submissions = Submissions(engine, settings.burst_size, lanes=max(1, settings.interactive_workers) + 1)
        yield Backends(
            settings=settings,
            engine=engine,
            ledger=ledger,
            store=store,
            results=results,
            verifier=TokenVerifier(settings, Jwks(settings.jwt_jwks_url, http_client), revocations),
            request_limit=RequestLimit(connections, settings.requests_per_minute),
            page_limit=PageLimit(redis_url, connections, settings.pages_per_minute),
            backlog=Backlog(engine, settings.max_backlog),
            metrics=PipelineMetrics(client, engine),
            launcher=launcher,
            submissions=submissions,
            dispatcher=await stack.enter_async_context(Dispatcher(submissions, ledger, launcher, results)),
        )


async def _of_app(request: Request) -> Backends:
    backends: Backends = request.state.backends
    return backends


FromApp = Annotated[Backends, Depends(_of_app)]
"""A route's or dependency's parameter that is given the process's backends."""
