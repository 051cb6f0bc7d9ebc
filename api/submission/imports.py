"""Files that are in the bucket already, and are named instead of sent: they are copied, and then the pipeline's own."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple
from uuid import uuid4

from fastapi import Request
from pydantic import ValidationError

from api.batches.schemas import KeyList
from api.submission.uploads import safe_name
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.objects import ObjectStore

MEDIA_TYPE = "application/json"
_PARALLEL = 8
"""Files of one request that are copied at a time."""


class Taken(NamedTuple):
    """A file that is about to be entered."""

    arrival: Arrival
    error: ErrorCode | None = None
    """Why intake is going to refuse it."""


async def named_keys(request: Request, most: int) -> list[str]:
    """The keys in the request's body. Raises PipelineError with INVALID_REQUEST and TOO_MANY_FILES."""
    try:
        keys = KeyList.model_validate_json(await request.body()).keys
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "the body"
        raise PipelineError(ErrorCode.INVALID_REQUEST, detail=f"`{name}`: {first['msg']}") from error
    if len(keys) > most:
        raise PipelineError(ErrorCode.TOO_MANY_FILES, count=len(keys), limit=most)
    return keys


def copy_files(store: ObjectStore, keys: Sequence[str], tenant: str, most_bytes: int) -> list[Taken]:
    """Copies what lies below the tenant's own folder. Blocks.

    A file that is not there, or too large, is not copied. It is entered all the same: intake says what is wrong with
    it, as with any other, and its neighbours are processed. Another tenant's files are not there.
    """
    with ThreadPoolExecutor(min(_PARALLEL, len(keys))) as threads:
        return list(threads.map(partial(_copy_file, store, f"imports/{tenant}/", most_bytes), keys))


def _copy_file(store: ObjectStore, folder: str, most_bytes: int, key: str) -> Taken:
    file = key.split("/", 2)[2]
    # No object has this ETag: intake finds none under the key.
    nowhere = Arrival(file=file, object_key=key, etag=uuid4().hex, size=0)
    found = store.find(key) if key.startswith(folder) else None
    if found is None:
        return Taken(nowhere, ErrorCode.FILE_MISSING)
    if found.size > most_bytes:
        return Taken(nowhere._replace(size=found.size), ErrorCode.FILE_TOO_LARGE)
    copied = store.copy(found, f"uploads/{uuid4()}/{safe_name(file)}")
    if copied is None:
        return Taken(nowhere, ErrorCode.FILE_MISSING)
    return Taken(Arrival(file=file, object_key=copied.key, etag=copied.etag, size=copied.size))
