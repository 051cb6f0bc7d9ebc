"""Uploads: read from a multipart form within the limits, then carried into the bucket.

The form is read here rather than declared as a parameter, because FastAPI reads a declared form whole before it
asks who sent it, and has no limit for the size of a file.
"""

import hashlib
import re
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import PurePosixPath
from typing import Any
from uuid import uuid4

from fastapi import Request
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.objects import ObjectStore

_PIECE_BYTES = 2**20
_MEMORY_BYTES = 2**24
"""For all files of one request together, and 1 MiB for one; what is beyond goes to disk."""
_LONGEST_NAME = 255
_LONGEST_KEY_NAME = 100
_FORM = "multipart/form-data"


@asynccontextmanager
async def received_files(
    request: Request, fields: Sequence[str], most_files: int, most_bytes: int
) -> AsyncIterator[list[UploadFile]]:
    """The uploaded files, at least one, as temporary files that are gone afterwards.

    Raises PipelineError with FILE_TOO_LARGE or TOO_MANY_FILES as soon as a limit is passed, without reading on, and
    with INVALID_REQUEST for a form that is broken or holds anything but files in `fields`.
    """
    if not is_form(request.headers):
        raise _invalid(f"it must be a {_FORM} with a file in the field `{fields[0]}`")
    try:
        form = await _Parser(request, fields, most_files, most_bytes).parse()
    except MultiPartException as error:
        raise _invalid(error.message.rstrip(".")) from error
    except ClientDisconnect as error:
        raise _invalid("the upload broke off") from error
    try:
        files = [file for _, file in form.multi_items() if isinstance(file, UploadFile)]
        if not files:
            raise _invalid(f"it holds no file in the field `{fields[0]}`")
        yield files
    finally:
        await form.close()


def is_form(headers: Headers) -> bool:
    """Whether a body is a form that may hold files."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM


def store_file(store: ObjectStore, file: UploadFile, sha256: str) -> Arrival:
    """Puts the file, whose content hash is `sha256`, into the bucket under a key of its own. Blocks."""
    name = _name(file)
    stored = store.upload(f"uploads/{uuid4()}/{safe_name(name)}", file.file)
    return Arrival(file=name, object_key=stored.key, etag=stored.etag, size=stored.size, sha256=sha256)


def content_hash(file: UploadFile) -> str:
    """The SHA-256 of its bytes, in hexadecimal digits. Blocks."""
    sha256 = hashlib.sha256()
    file.file.seek(0)
    while piece := file.file.read(_PIECE_BYTES):
        sha256.update(piece)
    file.file.seek(0)
    return sha256.hexdigest()


def form_schema(field: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    """The `openapi_extra` of a route that takes files in `field`."""
    form = {
        "type": "object",
        "required": [field],
        "properties": {field: {**schema, "description": description}},
        "additionalProperties": False,
    }
    return {"requestBody": {"required": True, "content": {_FORM: {"schema": form}}}}


def safe_name(name: str) -> str:
    """The last part of `name`, in letters that every S3 client and shell takes as they are."""
    base = re.sub(r"[^A-Za-z0-9._-]+", "_", re.split(r"[/\\]", name)[-1]).lstrip("._") or "document"
    suffix = PurePosixPath(base).suffix[:_LONGEST_KEY_NAME]
    return base.removesuffix(suffix)[: _LONGEST_KEY_NAME - len(suffix)] + suffix


class _Parser(MultiPartParser):
    """Starlette's parser, that stops reading at the first part which may not be there."""

    def __init__(self, request: Request, fields: Sequence[str], most_files: int, most_bytes: int) -> None:
        super().__init__(request.headers, self._whole(request.stream()), max_files=most_files + 1)
        self._fields = fields
        self._most_files = most_files
        self._most_bytes = most_bytes
        self._part_bytes = 0
        self._is_complete = False
        self.spool_max_size = min(self.spool_max_size, max(1, _MEMORY_BYTES // most_files))

    async def _whole(self, pieces: AsyncIterable[bytes]) -> AsyncGenerator[bytes]:
        """A form that breaks off would be taken for a whole one without its last file."""
        async for piece in pieces:
            yield piece
        if not self._is_complete:
            raise _invalid("it breaks off before its end")

    def on_end(self) -> None:
        self._is_complete = True

    def on_part_begin(self) -> None:
        super().on_part_begin()
        # Whatever `charset` the request names: some of Python's encodings fail, or make of bytes what is no text.
        self._charset = "utf-8"
        self._part_bytes = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._part_bytes += end - start
        if self._part_bytes > self._most_bytes:
            raise self._too_large()
        super().on_part_data(data, start, end)

    def _too_large(self) -> PipelineError:
        file = self._current_part.file
        what = f"The file {file.filename}" if file is not None else f"A form field beside `{self._fields[0]}`"
        return PipelineError(
            ErrorCode.FILE_TOO_LARGE, what=what, size=f"more than {self._most_bytes}", limit=self._most_bytes
        )

    def on_part_end(self) -> None:
        super().on_part_end()
        field, value = self.items[-1]
        if field not in self._fields or not isinstance(value, UploadFile):
            wanted = " or ".join(f"`{name}`" for name in self._fields)
            raise _invalid(f"the form field `{field}` is not a file in the field {wanted}")
        if len(self.items) > self._most_files:
            raise PipelineError(ErrorCode.TOO_MANY_FILES, count=f"more than {self._most_files}", limit=self._most_files)


def _name(file: UploadFile) -> str:
    """The name its sender gave it, or the end of a very long one; a file without a name gets one."""
    # Postgres takes every character in a text but this one.
    return (file.filename or "").replace("\x00", "")[-_LONGEST_NAME:] or "document"


def _invalid(detail: str) -> PipelineError:
    return PipelineError(ErrorCode.INVALID_REQUEST, detail=detail)
