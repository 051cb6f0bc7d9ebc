"""What orchestrators, load balancers and Prometheus ask; it takes no token, and is no part of the OpenAPI document."""

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from api.backends import FromApp
from api.observation import request_metrics
from api.observation.probing import in_own_thread, in_time
from api.problems import answer
from ocr_pipeline.errors import ErrorCode, PipelineError

router = APIRouter(include_in_schema=False)

PATHS = ("/health", "/ready", "/metrics")


@router.get("/health", summary="Whether the process is up")
async def get_health() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/ready", summary="Whether requests can be served")
async def get_readiness(backends: FromApp) -> JSONResponse:
    """Asks Postgres, Redis, S3 and Dagster; answers 503 with the names of those that are away."""
    probes = {
        "Postgres": in_own_thread(lambda: _answers(backends.engine)),
        "Redis": backends.results.is_reachable(),
        "S3": in_own_thread(backends.store.is_reachable),
        "Dagster": backends.launcher.is_reachable(),
    }
    reachable = await asyncio.gather(*(_holds(probe) for probe in probes.values()))
    parts = dict(zip(probes, ("ok" if is_reachable else "away" for is_reachable in reachable), strict=True))
    away = [part for part, state in parts.items() if state == "away"]
    if away:
        return answer(PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part=", ".join(away)), parts=parts)
    return JSONResponse({"status": "ok", "parts": parts}, HTTPStatus.OK)


@router.get("/metrics", summary="Metrics for Prometheus")
async def get_metrics(backends: FromApp) -> Response:
    pipeline = await backends.metrics.exposition()
    return Response(request_metrics.exposition() + pipeline, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _holds(probe: Awaitable[bool]) -> bool:
    try:
        return await in_time(probe)
    except TimeoutError:
        return False


def _answers(engine: Engine) -> bool:
    try:
        with engine.connect() as connection:
            connection.execute(select(1))
    except SQLAlchemyError:
        return False
    return True
