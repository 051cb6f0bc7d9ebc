"""Single documents."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from structlog.contextvars import bind_contextvars

from api import examples
from api.access.auth import Reader, Sending
from api.backends import FromApp
from api.documents.answers import answer_submission
from api.documents.lookup import outcome_json
from api.problems import documented
from api.schemas import Key, PendingDocument
from api.submission.idempotency import IdempotencyKey, digest, holding
from api.submission.options import DocumentOptions, WebhookUrl
from api.submission.senders import sender
from api.submission.single_files import Submission, submit
from api.submission.uploads import content_hash, form_schema, received_files
from api.submission.waiting import WaitFor
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.storage.idempotency import Repeated
from ocr_pipeline.tokens import READ, WRITE

router = APIRouter(tags=["documents"])


@router.post(
    "/ocr",
    summary="Read one document",
    description=examples.READ_DOCUMENT,
    response_model=Outcome,
    responses={
        200: {
            "description": "The outcome",
            "headers": examples.OUTCOME_HEADERS,
            "content": {"application/json": {"examples": examples.READ}},
        },
        202: {
            "model": PendingDocument,
            "description": "The document is entered, and not finished yet.",
            "headers": examples.LOCATION | examples.OUTCOME_HEADERS,
            "content": {"application/json": {"example": examples.PENDING}},
        },
        **documented(
            *examples.always(WRITE), *examples.SENDING, *examples.UPLOAD, *examples.REFUSED, examples.gone("document")
        ),
    },
    openapi_extra=form_schema("file", {"type": "string", "format": "binary"}, "JPEG, PNG, TIFF, WebP or PDF"),
)
async def read_document(
    *,
    request: Request,
    caller: Sending,
    backends: FromApp,
    options: DocumentOptions,
    webhook: WebhookUrl,
    wait: WaitFor,
    idempotency_key: IdempotencyKey = None,
    reuse: Annotated[
        bool, Query(description="Whether a file that is known already is answered from what is known of it.")
    ] = True,
) -> Response:
    async with received_files(request, ("file",), 1, backends.settings.max_file_bytes) as files:
        sha256 = await run_in_threadpool(content_hash, files[0])
        asked = digest("POST /ocr", sha256, options.model_dump(), webhook, reuse)
        async with holding(backends.engine, caller, idempotency_key, asked) as held:
            if isinstance(held, Repeated):
                submission = Submission(str(held.document_id), is_repeated=True)
            else:
                whom = sender(caller, options, webhook)
                submission = await submit(backends, files[0], sha256, whom, held, reuse=reuse)
    bind_contextvars(document=submission.document_id)
    return await answer_submission(backends, caller.tenant, submission, wait)


@router.get(
    "/documents/{document_id}",
    summary="Get a document's outcome",
    description=examples.GET_DOCUMENT,
    response_model=Outcome,
    responses={
        200: {"content": {"application/json": {"examples": {**examples.FINISHED, **examples.UNFINISHED}}}},
        **documented(
            *examples.always(READ), *examples.lookup("document", examples.DOCUMENT_ID), examples.gone("document")
        ),
    },
)
async def get_document(document_id: Key, caller: Reader, backends: FromApp, wait: WaitFor) -> Response:
    seconds = wait.seconds if wait.is_asked_for else 0
    found = await outcome_json(backends, caller.tenant, document_id, seconds)
    return Response(found, media_type="application/json", headers=wait.headers)
