"""All documents of a tenant, and the end of one."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import examples
from api.access.auth import Reader, Writer
from api.backends import Backends, FromApp
from api.documents import examples as document_examples
from api.documents.access import erased, find
from api.documents.schemas import DocumentList, DocumentSummary, Moment
from api.kind_names import KindName, check_kind
from api.paging import IdCursor, next_page
from api.problems import documented
from api.schemas import KEY, Key
from ocr_pipeline.documents.model import State
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.cancellation import cancel_document
from ocr_pipeline.storage.document_list import DocumentPage, ListedDocument, Wanted, list_documents
from ocr_pipeline.storage.erasure import erase
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.storage.results import Published, open_results
from ocr_pipeline.storage.tables import load_outcome
from ocr_pipeline.tokens import READ, WRITE

router = APIRouter(tags=["documents"])

_STORABLE = r"^[^\x00]+$"


def _wanted(
    *,
    backends: FromApp,
    state: Annotated[list[State], Query(max_length=20, description="One or more of these; by default any")] = [],  # noqa: B006 - FastAPI copies it
    kind: Annotated[KindName | None, Query(description="What kind of document it is")] = None,
    batch: Annotated[str | None, Query(pattern=KEY, max_length=64, description="The batch's id")] = None,
    file: Annotated[
        str | None,
        Query(pattern=_STORABLE, max_length=1000, description="The name of the file, exactly as it was sent"),
    ] = None,
    since: Annotated[Moment | None, Query(description="That arrived at this moment or later")] = None,
    until: Annotated[Moment | None, Query(description="That arrived before this moment")] = None,
) -> Wanted:
    check_kind(kind, backends.settings)
    return Wanted(state, kind, batch, file, since, until)


@router.get(
    "/documents",
    summary="List documents",
    description="The newest first; erased and expired ones are left out. Follow `next`, or send `cursor`, until it is "
    "null: under a filter that few documents pass, a page before the last may be short or empty.",
    responses={
        200: {"content": {"application/json": {"example": document_examples.LIST}}},
        **documented(*examples.always(READ), PipelineError(ErrorCode.INVALID_REQUEST, detail="`limit`: is too large")),
    },
)
async def get_documents(
    *,
    request: Request,
    caller: Reader,
    backends: FromApp,
    wanted: Annotated[Wanted, Depends(_wanted)],
    cursor: IdCursor = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Documents on a page, at most")] = 50,
) -> DocumentList:
    seconds = backends.settings.result_seconds

    def load() -> DocumentPage:
        return list_documents(
            backends.engine, caller.tenant, wanted, result_seconds=seconds, cursor=cursor, limit=limit
        )

    page = await run_in_threadpool(load)
    return DocumentList(
        documents=[_summary(document, seconds) for document in page.documents],
        cursor=page.cursor,
        next=next_page(request, page.cursor),
    )


@router.delete(
    "/documents/{document_id}",
    summary="Cancel and erase a document",
    description="Nothing of it is left: neither the file, unless another document has the same, nor anything that was "
    "read. One that is not finished is cancelled first, whatever a worker is doing with it; whoever waits for it is "
    "told so. To cancel documents and keep them in the list, cancel their batch.",
    status_code=204,
    responses={
        204: {"description": "It is erased."},
        **documented(
            *examples.always(WRITE), *examples.lookup("document", examples.DOCUMENT_ID), erased(examples.DOCUMENT_ID)
        ),
    },
)
async def delete_document(document_id: Key, caller: Writer, backends: FromApp) -> Response:
    document = await run_in_threadpool(find, backends.ledger, caller.tenant, document_id)
    changed = await run_in_threadpool(_end, backends, document)
    # Also for one that was erased before: Redis may have been away then.
    await backends.results.forget(caller.tenant, [document_id, *changed])
    if document.erased_at is not None:
        raise erased(document_id)
    return Response(status_code=204)


def _end(backends: Backends, document: LedgerDocument) -> list[str]:
    """Cancels and erases; returns the ids of documents whose result changed with that. Blocks."""
    if document.erased_at is not None:
        return []
    if not document.state.is_final and cancel_document(backends.engine, document.id):
        cancelled = find(backends.ledger, document.tenant, document.id)
        outcome = load_outcome(backends.engine, cancelled, backends.settings.result_seconds)
        results = open_results(backends.settings)
        results.publish([Published(document.tenant, outcome)])
        if cancelled.batch is not None:
            results.ring(cancelled.batch)
    return erase(backends.engine, backends.store, find(backends.ledger, document.tenant, document.id))


def _summary(document: ListedDocument, result_seconds: float) -> DocumentSummary:
    finished_at = document.finished_at
    expires_at = finished_at and finished_at + timedelta(seconds=result_seconds)
    return DocumentSummary(**document._asdict(), expires_at=expires_at)
