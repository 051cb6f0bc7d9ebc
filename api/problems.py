"""Failures as problem documents (RFC 9457): one shape for everything that goes wrong, never a stack trace."""

import logging
from collections import defaultdict
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import redis
import sqlalchemy.exc
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.schemas import Problem
from ocr_pipeline.errors import ErrorCode, PipelineError

MEDIA_TYPE = "application/problem+json"

_HEADERS: Mapping[ErrorCode, dict[str, str]] = {
    ErrorCode.UNAUTHENTICATED: {"WWW-Authenticate": "Bearer"},
    ErrorCode.FORBIDDEN: {"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
    ErrorCode.SERVICE_UNAVAILABLE: {"Retry-After": "5"},
}
_PARTS: Mapping[type[Exception], str] = {
    redis.RedisError: "Redis",
    sqlalchemy.exc.OperationalError: "Postgres",
    sqlalchemy.exc.InterfaceError: "Postgres",
    sqlalchemy.exc.TimeoutError: "Postgres",
    Boto3Error: "S3",
    BotoCoreError: "S3",
    ClientError: "S3",
}
"""What the clients of each service raise when it is away."""

_log = logging.getLogger(__name__)


class RateLimitedError(PipelineError):
    def __init__(self, limit: int, retry_after_seconds: int) -> None:
        super().__init__(ErrorCode.RATE_LIMITED, limit=limit)
        self.retry_after_seconds = retry_after_seconds


def problem(error: PipelineError) -> Problem:
    return Problem(
        type=f"urn:ocr-pipeline:problem:{error.code}",
        title=error.code.replace("_", " ").capitalize(),
        status=error.problem.status,
        code=error.code,
        category=error.problem.category,
        detail=error.message,
        advice=error.advice,
        retryable=error.problem.retryable,
    )


def documented(*errors: PipelineError) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these errors, each an example."""
    examples: defaultdict[int | str, dict[str, Any]] = defaultdict(dict)
    for error in errors:
        examples[error.problem.status][error.code] = {"value": problem(error).model_dump(mode="json")}
    return {
        status: {
            "model": Problem,
            "description": HTTPStatus(int(status)).phrase,
            "content": {"application/json": {"examples": by_code}},
        }
        for status, by_code in examples.items()
    }


def add_handlers(app: FastAPI) -> None:
    app.exception_handler(PipelineError)(_pipeline_error)
    app.exception_handler(RequestValidationError)(_invalid_request)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(Exception)(_unexpected)
    for error_type in _PARTS:
        app.exception_handler(error_type)(_service_error)


def _pipeline_error(_: Request, error: PipelineError) -> JSONResponse:
    headers = _HEADERS.get(error.code, {})
    if isinstance(error, RateLimitedError):
        headers = {"Retry-After": str(error.retry_after_seconds)}
    return _response(problem(error), headers)


def _service_error(request: Request, error: Exception) -> JSONResponse:
    part = next(part for error_type, part in _PARTS.items() if isinstance(error, error_type))
    _log.error("%s failed during %s %s: %s", part, request.method, request.url.path, error)
    return _pipeline_error(request, PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part=part))


def _invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"][1:])
    return _pipeline_error(request, PipelineError(ErrorCode.INVALID_REQUEST, detail=f"`{name}`: {first['msg']}"))


def _http_error(request: Request, error: HTTPException) -> JSONResponse:
    """Paths and methods that do not exist."""
    body = problem(
        PipelineError(ErrorCode.INVALID_REQUEST, detail=f"{request.method} {request.url.path}: {error.detail}")
    )
    code = ErrorCode.NOT_FOUND if error.status_code == HTTPStatus.NOT_FOUND else body.code
    return _response(body.model_copy(update={"status": error.status_code, "code": code}), error.headers or {})


def _unexpected(_: Request, __: Exception) -> JSONResponse:
    """A fault of ours; Starlette raises the exception again behind this answer, so the server logs it."""
    return _response(problem(PipelineError(ErrorCode.INTERNAL_ERROR)), {})


def _response(body: Problem, headers: Mapping[str, str]) -> JSONResponse:
    return JSONResponse(body.model_dump(mode="json"), body.status, dict(headers), MEDIA_TYPE)
