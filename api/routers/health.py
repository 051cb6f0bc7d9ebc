"""What orchestrators and load balancers ask."""

import asyncio
from collections.abc import Awaitable, Callable

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from api.backends import FromApp
from api.problems import documented
from api.schemas import Health
from ocr_pipeline.errors import ErrorCode, PipelineError

router = APIRouter(tags=["health"])

_TIMEOUT_SECONDS = 2
_threads = CapacityLimiter(8)
"""Threads of probes alone: those that hang on a dead service must not take the threads of requests."""


@router.get("/health", summary="Whether the process is up")
async def get_health() -> Health:
    return Health()


@router.get(
    "/ready",
    summary="Whether requests can be served",
    responses=documented(PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part="Redis, S3")),
)
async def get_readiness(backends: FromApp) -> Health:
    """Asks Postgres, Redis, S3 and Dagster; answers 503 with the names of those that are away."""
    probes = {
        "Postgres": _in_thread(lambda: _answers(backends.engine)),
        "Redis": backends.results.is_reachable(),
        "S3": _in_thread(backends.store.is_reachable),
        "Dagster": backends.launcher.is_reachable(),
    }
    reachable = await asyncio.gather(*(_in_time(probe) for probe in probes.values()))
    away = [part for part, is_reachable in zip(probes, reachable, strict=True) if not is_reachable]
    if away:
        raise PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part=", ".join(away))
    return Health()


async def _in_time(probe: Awaitable[bool]) -> bool:
    try:
        return await asyncio.wait_for(probe, _TIMEOUT_SECONDS)
    except TimeoutError:
        return False


async def _in_thread(probe: Callable[[], bool]) -> bool:
    return await anyio.to_thread.run_sync(probe, abandon_on_cancel=True, limiter=_threads)


def _answers(engine: Engine) -> bool:
    try:
        with engine.connect() as connection:
            connection.execute(select(1))
    except SQLAlchemyError:
        return False
    return True
