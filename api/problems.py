"""Failures as problem documents (RFC 9457): one shape for everything that goes wrong, never a stack trace."""

import logging
from collections import defaultdict
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import redis
import sqlalchemy.exc
from asgi_correlation_id import correlation_id
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from api.schemas import Problem
from ocr_pipeline.errors import ErrorCode, PipelineError

MEDIA_TYPE = "application/problem+json"

_HEADERS: Mapping[ErrorCode, dict[str, str]] = {
    ErrorCode.UNAUTHENTICATED: {"WWW-Authenticate": "Bearer"},
    ErrorCode.FORBIDDEN: {"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
    ErrorCode.BACKLOG_FULL: {"Retry-After": "10"},
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


class LimitedError(PipelineError):
    """Asked for too often."""

    def __init__(self, code: ErrorCode, limit: int, retry_after_seconds: int) -> None:
        super().__init__(code, limit=limit)
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


def answer(error: Exception, **more: object) -> JSONResponse:
    """The answer to a request that failed: by an error of ours, or of a service's client. `more` are further members.

    Raises the error again where it is neither.
    """
    if not isinstance(error, PipelineError):
        part = next((part for error_type, part in _PARTS.items() if isinstance(error, error_type)), None)
        if part is None:
            raise error
        _log.error("%s failed: %s", part, error)
        error = PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part=part)
    headers = _HEADERS.get(error.code, {})
    if isinstance(error, LimitedError):
        headers = {"Retry-After": str(error.retry_after_seconds)}
    return _response(problem(error), headers, **more)


def documented(*errors: PipelineError) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these errors, each an example."""
    examples: defaultdict[int | str, dict[str, Any]] = defaultdict(dict)
    for error in errors:
        examples[error.problem.status][error.code] = {
            "value": problem(error).model_dump(mode="json", exclude_none=True)
        }
    return {
        status: {
            "model": Problem,
            "description": HTTPStatus(int(status)).phrase,
            "content": {"application/json": {"examples": by_code}},
        }
        for status, by_code in examples.items()
    }


def add_handlers(app: FastAPI) -> None:
    app.exception_handler(RequestValidationError)(_invalid_request)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(Exception)(_unexpected)
    app.exception_handler(PipelineError)(_failed)
    for error_type in _PARTS:
        app.exception_handler(error_type)(_failed)


# Starlette carries out in a thread what is not async.
async def _failed(_: Request, error: Exception) -> JSONResponse:
    return answer(error)


async def _invalid_request(_: Request, error: RequestValidationError) -> JSONResponse:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"][1:])
    return answer(PipelineError(ErrorCode.INVALID_REQUEST, detail=f"`{name}`: {first['msg']}"))


async def _http_error(request: Request, error: HTTPException) -> JSONResponse:
    """What the framework itself refuses: paths and methods that do not exist, bodies that are no JSON or too long."""
    path = request.url.path
    if error.status_code == HTTPStatus.NOT_FOUND:
        return answer(PipelineError(ErrorCode.NOT_FOUND, kind="path", id=path))
    body = problem(PipelineError(ErrorCode.INVALID_REQUEST, detail=f"{request.method} {path}: {error.detail}"))
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers |= _allowed(request)
    return _response(body.model_copy(update={"status": error.status_code}), headers)


def _allowed(request: Request) -> dict[str, str]:
    """The header `Allow`. Starlette names the methods of the first route with this path only."""
    found = (
        method.upper()
        for path, operations in request.app.openapi()["paths"].items()
        if compile_path(path)[0].match(request.url.path)
        for method in operations
    )
    methods = ", ".join(found)
    return {"Allow": methods} if methods else {}


async def _unexpected(_: Request, __: Exception) -> JSONResponse:
    """A fault of ours; Starlette raises the exception again behind this answer, so the server logs it."""
    # The middleware that adds the request's id lies within what has just failed.
    return _response(problem(PipelineError(ErrorCode.INTERNAL_ERROR)), {"X-Request-ID": correlation_id.get() or ""})


def _response(body: Problem, headers: Mapping[str, str], **more: object) -> JSONResponse:
    content = body.model_dump(mode="json") | {"request_id": correlation_id.get()} | more
    members = {name: value for name, value in content.items() if value is not None}
    return JSONResponse(members, body.status, dict(headers), MEDIA_TYPE)
