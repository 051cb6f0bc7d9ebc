"""What came of a batch, as a file; the end of a batch before its time, and its second run."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import Annotated, Literal

import redis
from fastapi import APIRouter, Header, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from api import examples
from api.access.auth import Reader, Sending, Writer
from api.backends import Backends, FromApp
from api.batches import examples as batch_examples
from api.batches.access import OwnBatch, find, summary
from api.batches.csv_tables import documents_csv, items_csv
from api.batches.schemas import CancelledBatch, ReopenedBatch, ResultFormat
from api.problems import documented
from api.schemas import Key
from api.submission.batch_files import launch_batch, location_of
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.kinds.registry import kinds
from ocr_pipeline.storage import cancellation
from ocr_pipeline.storage.batch_reruns import reopen_batch
from ocr_pipeline.storage.batch_results import batch_outcomes
from ocr_pipeline.storage.results import Published, open_results
from ocr_pipeline.tokens import READ, WRITE

router = APIRouter(tags=["batches"])

_JSON_LINES = "application/jsonl"
_CSV = "text/csv"


@router.get(
    "/batches/{batch}/results",
    summary="Get a batch's results",
    description=batch_examples.GET_RESULTS,
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "One outcome after the other",
            "content": {
                # Of one line.
                _JSON_LINES: {"schema": {"$ref": "#/components/schemas/Outcome"}, "example": batch_examples.OUTCOME},
                _CSV: {"schema": {"type": "string"}, "example": batch_examples.CSV},
            },
        },
        **documented(*examples.always(READ), *examples.lookup("batch", examples.BATCH)),
    },
)
async def get_batch_results(
    found: OwnBatch,
    _: Reader,
    backends: FromApp,
    format: ResultFormat = None,  # noqa: A002 - the parameter's name
    rows: Annotated[
        Literal["documents", "items"], Query(description="What a row of the CSV is; JSON lines are documents")
    ] = "documents",
    accept: Annotated[str, Header(max_length=1000, include_in_schema=False)] = "",
) -> StreamingResponse:
    settings = backends.settings
    pages = batch_outcomes(backends.engine, found.key, settings.result_seconds)
    # Before the answer begins: what is wrong now can still be answered.
    first: list[Outcome] = await run_in_threadpool(lambda: next(pages, []))
    all_pages = chain([first], pages)
    if (format or ("csv" if _CSV in accept else "jsonl")) == "jsonl":
        return _file(_lines(all_pages), _JSON_LINES, f"{found.key}.jsonl")
    if rows == "items":
        return _file(items_csv(all_pages), _CSV, f"{found.key}.items.csv")
    return _file(documents_csv(all_pages, kinds(settings.document_kinds)), _CSV, f"{found.key}.csv")


@router.post(
    "/batches/{batch}/cancel",
    summary="Cancel a batch",
    description=batch_examples.CANCEL,
    responses={
        200: {"content": {"application/json": {"example": batch_examples.CANCELLED}}},
        **documented(*examples.always(WRITE), *examples.lookup("batch", examples.BATCH)),
    },
)
async def cancel_batch(batch: Key, caller: Writer, backends: FromApp) -> CancelledBatch:
    found = await find(backends, caller.tenant, batch)
    cancelled = await run_in_threadpool(cancellation.cancel_batch, backends.engine, found.key)
    if cancelled:
        await run_in_threadpool(_tell, backends, caller.tenant, found.key, frozenset(cancelled))
        found = await find(backends, caller.tenant, batch)
    return CancelledBatch(**summary(found).model_dump(), cancelled=cancelled)


@router.post(
    "/batches/{batch}/rerun",
    summary="Run failed documents again",
    description=batch_examples.RERUN,
    status_code=202,
    responses={
        202: {
            "description": "They are on their way again; none where none has failed.",
            "headers": examples.LOCATION,
            "content": {"application/json": {"example": batch_examples.REOPENED}},
        },
        **documented(
            *examples.always(WRITE),
            *examples.SENDING[:2],
            *examples.lookup("batch", examples.BATCH),
            batch_examples.NOT_FINISHED,
        ),
    },
)
async def rerun_batch(
    batch: Key,
    caller: Sending,
    backends: FromApp,
    only: Annotated[
        Literal["retryable"] | None, Query(description="Those alone whose error may pass; by default all that failed")
    ] = None,
) -> ReopenedBatch:
    found = await find(backends, caller.tenant, batch)
    reopened = await run_in_threadpool(
        lambda: reopen_batch(backends.engine, found.key, only_retryable=only == "retryable")
    )
    if reopened.ids:
        with suppress(redis.RedisError):
            await backends.results.forget(caller.tenant, reopened.ids)
            # Not how far the run before came.
            results = open_results(backends.settings)
            await run_in_threadpool(results.tell_progress, found.key, "raw_images", 0, reopened.total)
        await launch_batch(backends, found.key)
    return ReopenedBatch(batch=found.key, documents=reopened.ids, location=location_of(found.key))


def _tell(backends: Backends, tenant: str, batch: str, cancelled: frozenset[str]) -> None:
    """Whoever waits for the documents learns their end; while Redis is away, from the tables. Blocks."""
    results = open_results(backends.settings)
    with suppress(redis.RedisError):
        for page in batch_outcomes(backends.engine, batch, backends.settings.result_seconds):
            # One may wait again by now.
            ended = [outcome for outcome in page if outcome.id in cancelled and outcome.state.is_final]
            results.publish([Published(tenant, outcome) for outcome in ended])
        results.ring(batch)


def _lines(pages: Iterable[Sequence[Outcome]]) -> Iterator[str]:
    for page in pages:
        yield "".join(f"{outcome.model_dump_json()}\n" for outcome in page)


def _file(content: Iterator[str], media_type: str, name: str) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(content, media_type=media_type, headers=headers)
