"""What became of the webhooks."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import examples
from api.access.auth import Reader, Writer
from api.backends import FromApp
from api.paging import IdCursor, next_page
from api.problems import documented
from api.schemas import KEY, Key
from api.webhooks.examples import AGAIN, DELIVERY_ID, LIST, SECRET
from api.webhooks.schemas import DeliveryEntry, DeliveryList, WebhookSecret
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.deliveries import Deliveries, DeliveryState, Filters
from ocr_pipeline.tokens import READ, WRITE
from ocr_pipeline.webhook_secret import webhook_secret

router = APIRouter(tags=["webhooks"])


@router.get(
    "/deliveries",
    summary="List the deliveries of webhooks",
    description="The newest first, each with its attempts.",
    responses={
        200: {"content": {"application/json": {"example": LIST}}},
        **documented(*examples.always(READ), PipelineError(ErrorCode.INVALID_REQUEST, detail="`limit`: is too large")),
    },
)
async def get_deliveries(
    *,
    request: Request,
    caller: Reader,
    backends: FromApp,
    document: Annotated[str | None, Query(pattern=KEY, max_length=64, description="Of this document")] = None,
    batch: Annotated[str | None, Query(pattern=KEY, max_length=64, description="Of this batch")] = None,
    state: Annotated[DeliveryState | None, Query(description="In this state")] = None,
    cursor: IdCursor = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Deliveries on a page, at most")] = 50,
) -> DeliveryList:
    filters = Filters(document, batch, state)
    found = await run_in_threadpool(Deliveries(backends.engine).listed, caller.tenant, filters, cursor, limit + 1)
    last = found[limit - 1].id if len(found) > limit else None
    return DeliveryList(
        deliveries=[DeliveryEntry.of(delivery) for delivery in found[:limit]],
        cursor=last,
        next=next_page(request, last),
    )


@router.post(
    "/deliveries/{delivery_id}/retry",
    summary="Send a webhook again",
    description="Makes an attempt within a second or so, also of one that was delivered or given up. One that is older "
    "than OCR_WEBHOOK_HOURS gets this one attempt alone.",
    status_code=202,
    responses={
        202: {"description": "It is due now.", "content": {"application/json": {"example": AGAIN}}},
        **documented(*examples.always(WRITE), *examples.lookup("delivery", DELIVERY_ID)),
    },
)
async def retry_delivery(delivery_id: Key, caller: Writer, backends: FromApp) -> DeliveryEntry:
    delivery = await run_in_threadpool(Deliveries(backends.engine).send_again, caller.tenant, delivery_id)
    if delivery is None:
        raise PipelineError(ErrorCode.NOT_FOUND, kind="delivery", id=delivery_id)
    return DeliveryEntry.of(delivery)


@router.get(
    "/webhooks/secret",
    summary="Get the secret of your webhooks",
    description="What a receiver checks the signature with (Standard Webhooks). Each tenant has its own.",
    responses={
        200: {"content": {"application/json": {"example": SECRET}}},
        **documented(*examples.always(WRITE), PipelineError(ErrorCode.NOT_FOUND, kind="webhook secret", id="default")),
    },
)
async def get_webhook_secret(caller: Writer, backends: FromApp, response: Response) -> WebhookSecret:
    secret = webhook_secret(backends.settings, caller.tenant)
    if secret is None:
        raise PipelineError(ErrorCode.NOT_FOUND, kind="webhook secret", id=caller.tenant)
    response.headers["Cache-Control"] = "no-store"
    return WebhookSecret(secret=secret)
