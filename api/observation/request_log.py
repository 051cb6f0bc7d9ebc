"""One line a request, in JSON, on standard output.

What a route knows besides, such as the id of the document that it entered, it adds by
`structlog.contextvars.bind_contextvars(document=...)`.
"""

from http import HTTPStatus

import structlog
from asgi_correlation_id import correlation_id
from starlette.types import Scope

from ocr_pipeline.tokens import Claims

_IDS = {"document_id": "document", "batch": "batch"}
"""Parameters of paths, and their names in the log."""

_log = structlog.wrap_logger(
    None,
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.add_log_level,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ],
)


def begin() -> None:
    """Forgets what was bound before."""
    structlog.contextvars.clear_contextvars()


def write(scope: Scope, route: str | None, status: int, seconds: float) -> None:
    """Neither the query nor a header is told: they may hold secrets."""
    claims: Claims | None = scope["state"].get("claims")
    ids = {_IDS[name]: value for name, value in scope.get("path_params", {}).items() if name in _IDS}
    write = _log.error if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _log.info
    write(
        "request",
        request_id=correlation_id.get(),
        method=scope["method"],
        route=route,
        path=scope["path"],
        status=status,
        seconds=round(seconds, 4),
        subject=claims.subject if claims else None,
        tenant=claims.tenant if claims else None,
        **ids,
    )
