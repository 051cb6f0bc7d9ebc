"""Single documents."""

from typing import Annotated

import redis
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from api import examples
from api.auth import Reader, Writer
from api.backends import Backends, FromApp
from api.launcher import INTERACTIVE
from api.problems import documented
from api.schemas import Key, PendingDocument
from api.submission import submit
from api.uploads import form_schema, received_files
from ocr_pipeline.documents.model import State
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.ledger import Sender
from ocr_pipeline.storage.tables import load_outcome
from ocr_pipeline.tokens import READ, WRITE

router = APIRouter(tags=["documents"])


@router.post(
    "/ocr",
    summary="Read one document",
    description=examples.READ_DOCUMENT,
    response_model=Outcome,
    responses={
        200: {
            "description": "The outcome. A file that could not be processed has one too: the request was right, so "
            "this is no HTTP error; its state is `rejected`, and `error` says why.",
            "content": {"application/json": {"examples": examples.FINISHED}},
        },
        202: {
            "model": PendingDocument,
            "description": "The document is entered, and not finished yet.",
            "headers": examples.LOCATION,
            "content": {"application/json": {"example": examples.PENDING}},
        },
        **documented(*examples.always(WRITE), *examples.UPLOAD),
    },
    openapi_extra=form_schema("file", {"type": "string", "format": "binary"}, "JPEG, PNG, TIFF, WebP or PDF"),
)
async def read_document(
    request: Request,
    caller: Writer,
    backends: FromApp,
    wait: Annotated[
        float | None,
        Query(ge=0, allow_inf_nan=False, description="Most seconds to wait; by default, and at most, OCR_WAIT_SECONDS"),
    ] = None,
) -> Outcome | JSONResponse:
    settings = backends.settings
    async with received_files(request, ("file",), 1, settings.max_file_bytes) as files:
        submission = await submit(backends, files, Sender(caller.tenant, caller.subject), INTERACTIVE)
    document_id = submission.ids[0]
    if submission.launched:
        seconds = settings.wait_seconds if wait is None else min(wait, settings.wait_seconds)
        outcome = await _wait(backends, document_id, seconds)
        if outcome is not None:
            return outcome
    location = f"/documents/{document_id}"
    pending = PendingDocument(id=document_id, batch=submission.batch, state=State.WAITING, location=location)
    return JSONResponse(pending.model_dump(mode="json"), 202, {"Location": location})


@router.get(
    "/documents/{document_id}",
    summary="Get a document's outcome",
    description="An unfinished document has the state `waiting` or `processing`, and no fields yet.",
    responses={
        200: {"content": {"application/json": {"examples": {**examples.FINISHED, **examples.UNFINISHED}}}},
        **documented(*examples.always(READ), *examples.lookup("document", examples.DOCUMENT_ID)),
    },
)
async def get_document(document_id: Key, caller: Reader, backends: FromApp) -> Outcome:
    outcome = await backends.results.get(document_id)
    if outcome is not None:
        return outcome
    return await run_in_threadpool(_from_tables, backends, document_id)


async def _wait(backends: Backends, document_id: str, seconds: float) -> Outcome | None:
    try:
        return await backends.results.wait(document_id, seconds)
    except redis.RedisError:
        # The document is safely entered: an error here would only make its sender upload it again.
        return None


def _from_tables(backends: Backends, document_id: str) -> Outcome:
    """What Redis no longer, or not yet, knows. Raises PipelineError(NOT_FOUND)."""
    document = backends.ledger.document(document_id)
    if document is None:
        raise PipelineError(ErrorCode.NOT_FOUND, kind="document", id=document_id)
    return load_outcome(backends.engine, document)
