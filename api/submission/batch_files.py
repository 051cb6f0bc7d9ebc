"""The way of many files into the pipeline: bucket, ledger, run."""

from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

from asgi_correlation_id import correlation_id
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.backends import Backends
from api.batches.schemas import SubmittedBatch, SubmittedDocument
from api.submission.imports import MEDIA_TYPE, Taken, copy_files, named_keys
from api.submission.uploads import content_hash, received_files, store_file
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.batch_status import batch_items
from ocr_pipeline.storage.idempotency import Claim
from ocr_pipeline.storage.ledger_rows import Lane, Sender
from ocr_pipeline.storage.objects import ObjectStore

_PARALLEL = 8
"""Files of one request on their way to the bucket at a time."""


class Sent(NamedTuple):
    """The files of a request, from whichever place."""

    identity: Sequence[object]
    """Tells them from others: keys, or names with content hashes."""
    store: Callable[[ObjectStore], list[Taken]]
    """Has them in the bucket, each under a key of its own. Blocks."""


@asynccontextmanager
async def sent_files(request: Request, tenant: str, settings: Settings) -> AsyncIterator[Sent]:
    """The uploaded files, which are gone afterwards, or those that the body names.

    Raises PipelineError with INVALID_REQUEST, FILE_TOO_LARGE and TOO_MANY_FILES; then nothing is entered.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == MEDIA_TYPE:
        keys = await named_keys(request, settings.max_files)
        yield Sent(keys, partial(copy_files, keys=keys, tenant=tenant, most_bytes=settings.max_file_bytes))
        return
    async with received_files(request, ("files", "file"), settings.max_files, settings.max_file_bytes) as files:
        hashes = await run_in_threadpool(lambda: [content_hash(file) for file in files])
        names = [file.filename for file in files]
        yield Sent(list(zip(names, hashes, strict=True)), partial(_upload, files=files, hashes=hashes))


async def submit_batch(backends: Backends, sent: Sent, sender: Sender, held: Claim | None) -> SubmittedBatch:
    """Enters the files as one batch and launches its run. Once this returns, none of them can get lost."""
    taken = await run_in_threadpool(sent.store, backends.store)
    arrivals = [one.arrival for one in taken]
    batch, ids = await run_in_threadpool(backends.ledger.register_batch, arrivals, sender, held)
    await launch_batch(backends, batch)
    documents = [
        SubmittedDocument(id=id_, file=one.arrival.file, error=one.error) for id_, one in zip(ids, taken, strict=True)
    ]
    return SubmittedBatch(batch=batch, documents=documents, location=location_of(batch))


async def submitted_before(backends: Backends, batch: str) -> SubmittedBatch:
    """The same answer again, with what is known of the documents by now."""
    items = await run_in_threadpool(batch_items, backends.engine, batch, None, None)
    documents = [SubmittedDocument(id=item.id, file=item.file, error=item.error) for item in items]
    return SubmittedBatch(batch=batch, documents=documents, location=location_of(batch))


async def launch_batch(backends: Backends, batch: str) -> None:
    """Launches the run of a batch, or leaves it to the inbox sensor. The run's tag names the request."""
    request = correlation_id.get()
    await backends.dispatcher.launch(batch, {} if request is None else {request: batch}, Lane.BATCH)


def location_of(batch: str) -> str:
    return f"/batches/{batch}"


def _upload(store: ObjectStore, files: Sequence[UploadFile], hashes: Sequence[str]) -> list[Taken]:
    with ThreadPoolExecutor(min(_PARALLEL, len(files))) as threads:
        return list(threads.map(lambda file, sha256: Taken(store_file(store, file, sha256)), files, hashes))
