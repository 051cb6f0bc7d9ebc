"""Which documents a caller may see."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends
from fastapi.concurrency import run_in_threadpool

from api.access.auth import Reader
from api.backends import FromApp
from api.schemas import Key
from ocr_pipeline.documents.model import State
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import LedgerDocument


def find(ledger: Ledger, tenant: str, document_id: str) -> LedgerDocument:
    """The tenant's document, be it expired or erased. Raises PipelineError(NOT_FOUND). Blocks."""
    document = ledger.document(document_id)
    if document is None or document.tenant != tenant:
        raise PipelineError(ErrorCode.NOT_FOUND, kind="document", id=document_id)
    return document


def erased(document_id: str) -> PipelineError:
    return _gone(document_id, "it was erased")


def require_fresh(document: LedgerDocument, result_seconds: float) -> None:
    """Raises PipelineError(GONE) for one that was erased, or finished longer ago than results are served."""
    if document.erased_at is not None:
        raise erased(document.id)
    if document.finished_at is not None:
        expires_at = document.finished_at.astimezone(UTC) + timedelta(seconds=result_seconds)
        if expires_at < datetime.now(UTC):
            raise _gone(document.id, f"its result was kept until {expires_at:%Y-%m-%dT%H:%M:%SZ}")


async def _read(document_id: Key, caller: Reader, backends: FromApp) -> LedgerDocument:
    document = await run_in_threadpool(find, backends.ledger, caller.tenant, document_id)
    require_fresh(document, backends.settings.result_seconds)
    if not document.state.is_final:
        raise PipelineError(ErrorCode.NOT_FINISHED, kind="document", id=document_id)
    if document.state is State.REJECTED:
        raise PipelineError(ErrorCode.NOT_FOUND, kind="text of the rejected document", id=document_id)
    return document


ReadDocument = Annotated[LedgerDocument, Depends(_read)]
"""A route's parameter: the caller's document, one that was read to its end.

Answers NOT_FOUND for none of the caller's and for a rejected one, GONE for an erased or expired one, NOT_FINISHED.
"""


def _gone(document_id: str, detail: str) -> PipelineError:
    return PipelineError(ErrorCode.GONE, kind="document", id=document_id, detail=detail)
