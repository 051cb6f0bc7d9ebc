"""Many documents at once: sent, followed, listed."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from structlog.contextvars import bind_contextvars

from api import examples
from api.access.auth import Reader, Sending
from api.backends import FromApp
from api.batches import examples as batch_examples
from api.batches.access import OwnBatch, find, state, summary, wait_until_finished
from api.batches.schemas import BatchDocument, BatchList, BatchProgress, SubmittedBatch
from api.paging import BatchCursor, next_page
from api.problems import documented
from api.submission.batch_files import sent_files, submit_batch, submitted_before
from api.submission.idempotency import REPLAYED, IdempotencyKey, digest, holding
from api.submission.options import DocumentOptions, WebhookUrl
from api.submission.senders import sender
from api.submission.waiting import APPLIED, WaitFor
from ocr_pipeline.storage.batch_status import batch_items, list_batches
from ocr_pipeline.storage.idempotency import Repeated
from ocr_pipeline.tokens import READ, WRITE

router = APIRouter(tags=["batches"])


@router.post(
    "/batch",
    summary="Read many documents",
    description=batch_examples.READ_BATCH,
    status_code=202,
    responses={
        202: {
            "description": "All documents are entered, as one batch.",
            "headers": examples.LOCATION | examples.REPLAYED,
            "content": {"application/json": {"example": batch_examples.SUBMITTED}},
        },
        **documented(*examples.always(WRITE), *examples.SENDING, *examples.UPLOAD),
    },
    openapi_extra=batch_examples.BODY,
)
async def read_batch(
    *,
    request: Request,
    response: Response,
    caller: Sending,
    backends: FromApp,
    options: DocumentOptions,
    webhook: WebhookUrl,
    idempotency_key: IdempotencyKey = None,
) -> SubmittedBatch:
    async with sent_files(request, caller.tenant, backends.settings) as sent:
        asked = digest("POST /batch", sent.identity, options.model_dump(), webhook)
        async with holding(backends.engine, caller, idempotency_key, asked) as held:
            if isinstance(held, Repeated):
                submitted = await submitted_before(backends, str(held.batch))
                response.headers[REPLAYED] = "true"
            else:
                submitted = await submit_batch(backends, sent, sender(caller, options, webhook), held)
    bind_contextvars(batch=submitted.batch)
    response.headers["Location"] = submitted.location
    return submitted


@router.get(
    "/batches",
    summary="List batches",
    description="The newest first, with their counts. Follow `next`, or send `cursor`, until it is null.",
    responses={
        200: {"content": {"application/json": {"example": batch_examples.LIST}}},
        **documented(*examples.always(READ), *examples.lookup("batch", examples.BATCH)[1:]),
    },
)
async def get_batches(
    request: Request,
    caller: Reader,
    backends: FromApp,
    cursor: BatchCursor = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Batches on a page, at most")] = 20,
) -> BatchList:
    found = await run_in_threadpool(list_batches, backends.engine, caller.tenant, cursor, limit + 1)
    following = found[limit - 1].key if len(found) > limit else None
    return BatchList(
        batches=[summary(one) for one in found[:limit]], cursor=following, next=next_page(request, following)
    )


@router.get(
    "/batches/{batch}",
    summary="Follow a batch",
    description=batch_examples.GET_BATCH,
    responses={
        200: {"headers": APPLIED, "content": {"application/json": {"example": batch_examples.PROGRESS}}},
        **documented(*examples.always(READ), *examples.lookup("batch", examples.BATCH)),
    },
)
async def get_batch(
    *,
    request: Request,
    response: Response,
    caller: Reader,
    backends: FromApp,
    found: OwnBatch,
    wait: WaitFor,
    items: Annotated[bool, Query(description="Whether the documents are listed")] = True,
    cursor: BatchCursor = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Documents on a page, at most")] = 1000,
) -> BatchProgress:
    if wait.is_asked_for and found.finished_at is None:
        await wait_until_finished(backends, found.key, wait.seconds)
        found = await find(backends, caller.tenant, found.key)
    response.headers.update(wait.headers)
    documents = await run_in_threadpool(batch_items, backends.engine, found.key, cursor, limit + 1) if items else []
    following = documents[limit - 1].id if len(documents) > limit else None
    return BatchProgress(
        **(await state(backends, found)).model_dump(),
        documents=[BatchDocument(**document._asdict()) for document in documents[:limit]],
        cursor=following,
        next=next_page(request, following),
    )
