"""Texts and examples of the OpenAPI description; made from the models, so that they cannot go stale."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from api.schemas import PendingDocument
from api.submission.waiting import APPLIED
from ocr_pipeline.documents.model import (
    Box,
    Evidence,
    Field,
    Reconciliation,
    Record,
    Rejection,
    ReviewReason,
    State,
    Verdict,
)
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import ErrorCode, PipelineError

READ_DOCUMENT = """Sends one file through the pipeline and waits for the outcome.

```
curl -X POST "http://localhost:8000/ocr" -H "Authorization: Bearer TOKEN" -F "file=@receipt.jpg"
```

If it is not there within `wait` seconds, the answer is 202 and says where it will be. Whatever the answer, the
document is in the pipeline and reaches a final state. A file that cannot be read is refused with what is wrong with
it; its document, which `Location` names, is rejected for that reason.

**The same file again** (the same bytes with the same options) is answered from what is known: with the finished
outcome while that is served, or by waiting for the document that is on its way. The answer says so by `reused` and by
the header `OCR-Reused`. What was made by another version of the pipeline, or failed for a reason that may pass, is not
reused; `reuse=false` makes a new document in any case. Another scan of the same invoice has other bytes: it is a
document of its own, which needs review, and `duplicate_of` names the first.

**A request that is repeated** under its `Idempotency-Key` is answered with the same document for a day, with the
header `Idempotent-Replayed`.
"""
GET_DOCUMENT = """An unfinished document has the state `waiting` or `processing`, and no fields yet; with `wait`, the
answer comes when it is final, or after so many seconds. An outcome is served until its `expires_at`; afterwards, and
for a document that was erased, the answer is 410.
"""
DOCUMENT_ID = "019bfc3e-5a2f-7c11-9d0e-3b6f0a4c1d22"
BATCH = "2026-11-22T10-05-00Z_4c1d22"
_DOCUMENT: dict[str, Any] = {"id": DOCUMENT_ID, "file": "receipt.jpg"}


def _json(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json")


def _field(value: str, confidence: float, box: Box, *words: str) -> Field:
    return Field(value=value, confidence=confidence, evidence=Evidence(page=1, box=box, words=words))


_VERDICT = Verdict(
    state=State.ACCEPTED,
    confidence=0.97,
    record=Record(
        engine="cpu 1",
        kind="receipt",
        fields={
            "vendor_name": _field("CORNER BAKERY", 0.98, Box(112, 40, 388, 74), "CORNER", "BAKERY"),
            "document_date": _field("2026-11-21", 0.99, Box(60, 132, 190, 156), "21/11/2026"),
            "total": _field("12.40", 0.97, Box(330, 502, 398, 528), "12.40"),
        },
    ),
    reconciliation=Reconciliation(),
)
_DUPLICATE_OF = "019bfc3e-5a2f-7c11-9d0e-3b6f0a4c1d21"
_DUPLICATE = _VERDICT.model_copy(
    update={
        "state": State.NEEDS_REVIEW,
        "reasons": (
            ReviewReason(
                code="duplicate", message=f"It says the same as the document {_DUPLICATE_OF}, which came before."
            ),
        ),
        "duplicate_of": _DUPLICATE_OF,
    }
)
_STAGES = {"raw_images": 0.0121, "normalized_images": 0.0304, "ocr_text": 0.4718, "structured_records": 0.041}

_EXPIRES_AT = datetime(2026, 11, 29, 10, 5, 1, 250_000, tzinfo=UTC)


def _finished(result: Verdict | Rejection, **changes: object) -> dict[str, Any]:
    outcome = Outcome.of(DOCUMENT_ID, "receipt.jpg", result, _STAGES, _EXPIRES_AT)
    return {"value": _json(outcome.model_copy(update=changes))}


READ = {
    "accepted": _finished(_VERDICT),
    "needs_review": _finished(_DUPLICATE),
    "reused": _finished(_VERDICT, reused=True),
}
FINISHED = {
    "accepted": _finished(_VERDICT),
    "needs_review": _finished(_DUPLICATE),
    "rejected": _finished(Rejection.of(ErrorCode.TRUNCATED_FILE), seconds={"raw_images": 0.0043}),
}
UNFINISHED = {"processing": {"value": _json(Outcome(**_DOCUMENT, state=State.PROCESSING))}}
PENDING = _json(PendingDocument(id=DOCUMENT_ID, batch=BATCH, state=State.WAITING, location=f"/documents/{DOCUMENT_ID}"))
LOCATION = {"Location": {"description": "Where the outcome will be", "schema": {"type": "string"}}}
REPLAYED = {
    "Idempotent-Replayed": {
        "description": "`true` where the same request was sent before under its Idempotency-Key",
        "schema": {"type": "string"},
    }
}
OUTCOME_HEADERS = {
    "OCR-Reused": {"description": "`true` where the same file was known already", "schema": {"type": "string"}},
    **REPLAYED,
    **APPLIED,
}

UPLOAD = (
    PipelineError(ErrorCode.INVALID_REQUEST, detail="it holds no file in the field `file`"),
    PipelineError(ErrorCode.FILE_TOO_LARGE, what="The file scan.pdf", size="more than 100000000", limit=100_000_000),
    PipelineError(ErrorCode.TOO_MANY_FILES, count="more than 500", limit=500),
)
SENDING = (
    PipelineError(ErrorCode.PAGES_LIMITED, limit=6000),
    PipelineError(ErrorCode.BACKLOG_FULL, count=10_000, limit=10_000),
    PipelineError(ErrorCode.IDEMPOTENCY_KEY_REUSED),
    PipelineError(ErrorCode.REQUEST_IN_PROGRESS),
    PipelineError(ErrorCode.WEBHOOK_REFUSED, url="http://10.0.0.1/hook", detail="it must begin with https://"),
)
"""What any route that takes files may answer besides."""
REFUSED = (
    PipelineError(ErrorCode.EMPTY_FILE),
    PipelineError(ErrorCode.UNSUPPORTED_TYPE, found="a ZIP archive"),
    PipelineError(ErrorCode.TYPE_MISMATCH, extension=".jpg", found="PDF"),
    PipelineError(ErrorCode.TRUNCATED_FILE),
    PipelineError(ErrorCode.CORRUPT_FILE, detail="it has no page"),
    PipelineError(ErrorCode.ENCRYPTED_PDF),
    PipelineError(ErrorCode.TOO_MANY_PAGES, pages=10_000, limit=500),
    PipelineError(ErrorCode.TOO_MANY_PIXELS, page=1, pixels=10_000_000_000, limit=60_000_000),
    PipelineError(ErrorCode.DECOMPRESSION_BOMB, unpacked="50000000000 pixels", size=5000),
    PipelineError(ErrorCode.POLYGLOT_FILE, first="a PDF", second="a ZIP archive"),
    PipelineError(ErrorCode.ACTIVE_PDF, found="JavaScript"),
    PipelineError(ErrorCode.NO_SUCH_PAGE, pages=2, wanted="7-"),
    PipelineError(ErrorCode.FILE_MISSING, key="uploads/receipt.jpg"),
    PipelineError(ErrorCode.CANCELLED),
    PipelineError(ErrorCode.PROCESSING_FAILED, stage="ocr_text", detail="the worker died"),
)
"""What may be wrong with a file."""


def always(scope: str) -> tuple[PipelineError, ...]:
    """What any route behind a token with this scope may answer."""
    return (
        PipelineError(ErrorCode.UNAUTHENTICATED),
        PipelineError(ErrorCode.FORBIDDEN, scope=scope),
        PipelineError(ErrorCode.RATE_LIMITED, limit=600),
        PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part="Redis"),
    )


def gone(kind: str) -> PipelineError:
    """What any route may answer that serves results."""
    return PipelineError(
        ErrorCode.GONE, kind=kind, id=DOCUMENT_ID, detail="its result was kept until 2026-11-29T10:05:01Z"
    )


def lookup(kind: str, id_: str) -> tuple[PipelineError, ...]:
    """What any route that looks up one thing by its id may answer."""
    return (
        PipelineError(ErrorCode.NOT_FOUND, kind=kind, id=id_),
        PipelineError(ErrorCode.INVALID_REQUEST, detail="the id has other characters than letters, digits, - and _"),
    )
