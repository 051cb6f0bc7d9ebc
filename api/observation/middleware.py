"""Every request is logged and counted, whatever becomes of it."""

import time
from http import HTTPStatus

from asgi_correlation_id import correlation_id
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.observation import request_log, request_metrics
from ocr_pipeline import tracing


class Observation:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # What an exception becomes, further out.
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR

        async def send_and_look(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        tracing.note(request_id=correlation_id.get())
        start = time.perf_counter()
        request_log.begin()
        try:
            await self._app(scope, receive, send_and_look)
        finally:
            seconds = time.perf_counter() - start
            route = getattr(scope.get("route"), "path", None)
            request_log.write(scope, route, status, seconds)
            request_metrics.observe(scope["method"], route, status, seconds)
