"""How long a request's body may be.

Uploads are measured file by file while they are read; here they are refused where they could only be too long.
Starlette has a middleware for this, but it answers in plain text.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.backends import Backends
from api.problems import answer
from api.submission.uploads import is_form
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.settings import Settings

_MOST_OTHER_BYTES = 1_000_000
"""Of a body that is no upload: JSON."""
_PART_BYTES = 65_536
"""More than what a form spends on a file besides its content."""


class BodyLimit:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        backends: Backends = scope["state"]["backends"]
        headers = Headers(scope=scope)
        most = _most_form_bytes(backends.settings) if is_form(headers) else _MOST_OTHER_BYTES
        size = int(headers.get("content-length", 0))
        received = 0

        async def receive_within() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise _too_large(f"more than {most}", most)
            return message

        if size > most:
            await answer(_too_large(size, most))(scope, receive, send)
        else:
            await self._app(scope, receive_within, send)


def _too_large(size: int | str, most: int) -> PipelineError:
    return PipelineError(ErrorCode.FILE_TOO_LARGE, what="The request", size=size, limit=most)


def _most_form_bytes(settings: Settings) -> int:
    return settings.max_files * (settings.max_file_bytes + _PART_BYTES)
