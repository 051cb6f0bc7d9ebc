"""Services that the settings place elsewhere: what would fail later without them is better said at the start."""

import httpx
import redis
from sqlalchemy import make_url

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local.plan import Plan, Service
from ocr_pipeline.storage.objects import open_store

_ANSWER_SECONDS = 10


def require(plan: Plan) -> None:
    """Looks at each but Postgres, which the migration looks at.

    Raises PipelineError(SERVICE_UNAVAILABLE, INVALID_SETTING).
    """
    if Service.REDIS not in plan.own:
        require_redis(plan.redis_url)
    if Service.S3 not in plan.own:
        open_store(plan.settings).require()
    if Service.DAGSTER not in plan.own:
        _require_dagster(plan.dagster_url)


def require_redis(url: str) -> None:
    """Raises PipelineError(INVALID_SETTING) without a URL, and SERVICE_UNAVAILABLE without an answer."""
    if not url:
        raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_REDIS_URL", detail="it is not set")
    place = make_url(url)
    try:
        with redis.Redis.from_url(
            url, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS
        ) as client:
            client.ping()
    except redis.RedisError as error:
        reason = str(error).rstrip(".")
        part = f"Redis at {place.host or 'localhost'}:{place.port or 6379} ({reason})"
        raise PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part=part) from error


def _require_dagster(url: str) -> None:
    try:
        answer = httpx.get(f"{url}/server_info", timeout=_ANSWER_SECONDS)
        is_up = not answer.is_error
    except httpx.TransportError:
        is_up = False
    if not is_up:
        raise PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part=f"Dagster at {url}")
