"""Texts and examples of the OpenAPI description; made from the models, so that they cannot go stale."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from api.schemas import BatchDocument, BatchProgress, PendingDocument, SubmittedBatch, SubmittedDocument
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
document is in the pipeline and reaches a final state. The same file sent again is another document, which needs
review: `duplicate_of` names the first.
"""
READ_BATCH = """Sends many files through the pipeline and does not wait.

```
curl -X POST "http://localhost:8000/batch" -H "Authorization: Bearer TOKEN" -F "files=@a.jpg" -F "files=@b.jpg"
```
"""

DOCUMENT_ID = "019bfc3e-5a2f-7c11-9d0e-3b6f0a4c1d22"
BATCH = "2026-11-22T10-05-00Z_4c1d22"
_DOCUMENT: dict[str, Any] = {"id": DOCUMENT_ID, "file": "receipt.jpg"}
_OTHER: dict[str, Any] = {"id": "019bfc3e-5a2f-7c11-9d0e-3b6f0a4c1d23", "file": "invoice.pdf"}


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

FINISHED = {
    "accepted": {"value": _json(Outcome.of(DOCUMENT_ID, "receipt.jpg", _VERDICT, _STAGES))},
    "needs_review": {"value": _json(Outcome.of(DOCUMENT_ID, "receipt.jpg", _DUPLICATE, _STAGES))},
    "rejected": {
        "value": _json(
            Outcome.of(DOCUMENT_ID, "receipt.jpg", Rejection.of(ErrorCode.TRUNCATED_FILE), {"raw_images": 0.0043})
        )
    },
}
UNFINISHED = {"processing": {"value": _json(Outcome(**_DOCUMENT, state=State.PROCESSING))}}
PENDING = _json(PendingDocument(id=DOCUMENT_ID, batch=BATCH, state=State.WAITING, location=f"/documents/{DOCUMENT_ID}"))
SUBMITTED = _json(
    SubmittedBatch(
        batch=BATCH,
        documents=[SubmittedDocument(**_DOCUMENT), SubmittedDocument(**_OTHER)],
        location=f"/batches/{BATCH}",
    )
)
PROGRESS = _json(
    BatchProgress(
        batch=BATCH,
        closed_at=datetime(2026, 11, 22, 10, 5, tzinfo=UTC),
        done=False,
        counts={State.ACCEPTED: 1, State.PROCESSING: 1},
        documents=[BatchDocument(**_DOCUMENT, state=State.ACCEPTED), BatchDocument(**_OTHER, state=State.PROCESSING)],
    )
)
LOCATION = {"Location": {"description": "Where the outcome will be", "schema": {"type": "string"}}}

UPLOAD = (
    PipelineError(ErrorCode.INVALID_REQUEST, detail="it holds no file in the field `file`"),
    PipelineError(ErrorCode.FILE_TOO_LARGE, size="more than 100000000", limit=100_000_000),
    PipelineError(ErrorCode.TOO_MANY_FILES, count="more than 500", limit=500),
)


def always(scope: str) -> tuple[PipelineError, ...]:
    """What any route behind a token with this scope may answer."""
    return (
        PipelineError(ErrorCode.UNAUTHENTICATED),
        PipelineError(ErrorCode.FORBIDDEN, scope=scope),
        PipelineError(ErrorCode.RATE_LIMITED, limit=600),
        PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part="Redis"),
    )


def lookup(kind: str, id_: str) -> tuple[PipelineError, ...]:
    """What any route that looks up one thing by its id may answer."""
    return (
        PipelineError(ErrorCode.NOT_FOUND, kind=kind, id=id_),
        PipelineError(ErrorCode.INVALID_REQUEST, detail="the id has other characters than letters, digits, - and _"),
    )
