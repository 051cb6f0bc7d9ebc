"""Answers with a view of a document; 304 where the caller's own copy is still the same."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from importlib.metadata import version
from pathlib import PurePosixPath
from tempfile import NamedTemporaryFile
from typing import IO, Annotated

from fastapi import Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from api.backends import FromApp
from api.documents.access import ReadDocument
from api.rendering.beside import CallerLeft, beside
from api.rendering.views import View
from api.rendering.work import Task, render
from api.submission.uploads import safe_name
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.versions import stage_versions

_CHUNK = 256 * 1024
_RELEASE = version("ocr-pipeline")
_LEFT = 499
"""nginx's status of a request whose caller left; nobody but the log sees it."""


def _scratch_file() -> Iterator[IO[bytes]]:
    """Gone once the answer is sent."""
    with NamedTemporaryFile(prefix="ocr-view-") as file:
        yield file


class Rendering:
    """A route's parameter, by `Depends`: the document that the path names, to answer with a view of it."""

    def __init__(
        self,
        document: ReadDocument,
        request: Request,
        backends: FromApp,
        scratch: Annotated[IO[bytes], Depends(_scratch_file)],
        if_none_match: Annotated[
            str | None, Header(max_length=2000, description="The ETag of a copy at hand; while it is fresh, 304")
        ] = None,
    ) -> None:
        self.document = document
        self.backends = backends
        self._request = request
        self._scratch = scratch
        self._at_hand = if_none_match or ""

    async def answer(self, view: View) -> Response:
        """Raises PipelineError with GONE, NOT_FOUND, SERVICE_UNAVAILABLE or PROCESSING_FAILED."""
        task = await run_in_threadpool(self._task)
        etag = _etag(task, view)
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if _is_among(etag, self._at_hand):
            return Response(status_code=304, headers=headers)
        try:
            failure = await beside(self._request, render, task, view, self._scratch.name)
        except CallerLeft:
            return Response(status_code=_LEFT)
        if failure is not None:
            raise PipelineError(failure.code, **failure.details)
        headers["Content-Length"] = str(self._scratch.seek(0, 2))
        headers["Content-Disposition"] = f'inline; filename="{_file_name(self.document.file, view.suffix)}"'
        return StreamingResponse(self._chunks(), media_type=view.media_type, headers=headers)

    def _task(self) -> Task:
        settings, document = self.backends.settings, self.document
        if document.sha256 is None or document.content is None:
            raise PipelineError(ErrorCode.NOT_FOUND, kind="text of the document", id=document.id)
        # Earlier releases did not note by which versions a document was read: it may be those of today.
        read_by = document.versions.get("ocr_text") or stage_versions(settings)["ocr_text"]
        return Task(settings, document.id, document.content, document.sha256, read_by)

    async def _chunks(self) -> AsyncIterator[bytes]:
        self._scratch.seek(0)
        while chunk := await run_in_threadpool(self._scratch.read, _CHUNK):
            yield chunk


def _etag(task: Task, view: View) -> str:
    told_by = repr((_RELEASE, task.document_id, task.content, task.version, task.settings.pdf_dpi, view))
    return f'"{hashlib.sha256(told_by.encode()).hexdigest()[:32]}"'


def _is_among(etag: str, at_hand: str) -> bool:
    """Whether an If-None-Match names the tag; weak ones count as well (RFC 9110, 13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in at_hand.split(",")]
    return etag in tags or tags == ["*"]


def _file_name(file: str, suffix: str) -> str:
    return safe_name(PurePosixPath(safe_name(file)).stem + suffix)
