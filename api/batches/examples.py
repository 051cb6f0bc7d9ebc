"""Texts and examples of batches in the OpenAPI description; made from the models."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from api.batches.csv_tables import documents_csv
from api.batches.schemas import (
    BatchDocument,
    BatchList,
    BatchProgress,
    BatchState,
    BatchSummary,
    CancelledBatch,
    KeyList,
    ReopenedBatch,
    StageProgress,
    SubmittedBatch,
    SubmittedDocument,
)
from api.examples import BATCH, DOCUMENT_ID, FINISHED
from ocr_pipeline.documents.model import State
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.kinds.registry import SHIPPED

READ_BATCH = """Sends many files through the pipeline and does not wait.

```
curl -X POST "http://localhost:8000/batch" -H "Authorization: Bearer TOKEN" -F "files=@a.jpg" -F "files=@b.jpg"
```

Files that lie below `imports/TENANT/` in the pipeline's bucket can be named instead:

```
curl -X POST "http://localhost:8000/batch" -H "Authorization: Bearer TOKEN" -H "Content-Type: application/json" \\
  -d '{"keys": ["imports/default/a.jpg", "imports/default/b.jpg"]}'
```

They are copied first, so they may be changed or deleted afterwards. The answer says what is wrong with a key: its
document is rejected, and all others are processed. A request that is refused as a whole, as for one upload that is too
large, enters none of its files.

`webhook` is told when all documents are final. A request that is repeated under its `Idempotency-Key` is answered with
the same batch for a day.
"""
GET_BATCH = """With `wait`, the answer comes as soon as all documents are final, or after so many seconds with how far
the batch is. Batches that were closed over the S3 inbox, or that the service made of single files, can be followed as
well.
"""
GET_EVENTS = """Server-sent events: `progress` at once and with every change, `done` when all documents are final; the
data of both is how far the batch is. Comments keep the connection open. The stream ends after `done`, and after
OCR_WAIT_SECONDS in any case: browsers connect again by themselves and miss nothing, as the first event says how things
stand, unless it is the one of `Last-Event-ID`. Close the connection on `done`.
"""
GET_RESULTS = """As JSON lines, an outcome as `GET /documents/{document_id}` has it on each line; or as CSV with a row a
document, or with `rows=items` a row a line item. Documents are in the order in which they came. An unfinished document
has its state and nothing more; so has one whose result is not served any more, with the `expires_at` that is over.
Erased documents are left out.

In CSV, a text that a spreadsheet would take for a formula has an apostrophe before it; a number, also a negative one,
stays as it is.
"""
CANCEL = """Cancels what is not finished: those documents are rejected with the code `cancelled`, whatever a worker is
doing with them, and whoever waits for them is told so. Finished documents stay. For a batch that is done, nothing
changes.
"""
RERUN = """Processes the rejected documents of a finished batch again, cancelled ones too; with `only=retryable` those
alone whose error says that it may pass. They keep their ids, and what stages have made of them is not made again. The
webhook of the batch is told when it is done once more.
"""

_OTHER_ID = "019bfc3e-5a2f-7c11-9d0e-3b6f0a4c1d23"
_LOCATION = f"/batches/{BATCH}"
_CLOSED_AT = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
_FINISHED_AT = datetime(2026, 11, 22, 10, 5, 3, 500_000, tzinfo=UTC)
_RUNNING = BatchState(
    batch=BATCH,
    closed_at=_CLOSED_AT,
    finished_at=None,
    done=False,
    counts={State.PROCESSING: 1, State.REJECTED: 1},
    progress=StageProgress(stage="ocr_text", done=1, total=2),
)
_DONE = BatchSummary(
    batch=BATCH,
    closed_at=_CLOSED_AT,
    finished_at=_FINISHED_AT,
    done=True,
    counts={State.ACCEPTED: 1, State.REJECTED: 1},
)
_KEYS = KeyList(keys=["imports/default/receipt.jpg", "imports/default/invoice.pdf"])


def _json(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json")


SUBMITTED = _json(
    SubmittedBatch(
        batch=BATCH,
        documents=[
            SubmittedDocument(id=DOCUMENT_ID, file="receipt.jpg"),
            SubmittedDocument(id=_OTHER_ID, file="invoice.pdf", error=ErrorCode.FILE_MISSING),
        ],
        location=_LOCATION,
    )
)
PROGRESS = _json(
    BatchProgress(
        **_RUNNING.model_dump(),
        documents=[
            BatchDocument(id=DOCUMENT_ID, file="receipt.jpg", state=State.PROCESSING),
            BatchDocument(id=_OTHER_ID, file="invoice.pdf", state=State.REJECTED, error=ErrorCode.FILE_MISSING),
        ],
        cursor=None,
        next=None,
    )
)
LIST = _json(BatchList(batches=[_DONE], cursor=BATCH, next=f"/batches?limit=1&cursor={BATCH}"))
CANCELLED = _json(CancelledBatch(**_DONE.model_dump(), cancelled=[_OTHER_ID]))
REOPENED = _json(ReopenedBatch(batch=BATCH, documents=[_OTHER_ID], location=_LOCATION))
EVENT: dict[str, Any] = {
    "event": "progress",
    "id": "5f0c9d3a1b2e4c67",
    "retry": 1000,
    "data": _RUNNING.model_dump_json(),
}
OUTCOME: dict[str, Any] = FINISHED["accepted"]["value"]
CSV = "".join(documents_csv([[Outcome.model_validate(OUTCOME)]], SHIPPED))

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "minItems": 1,
                            "description": "JPEG, PNG, TIFF, WebP or PDF. The field `file` is taken as well.",
                        }
                    },
                    "additionalProperties": False,
                }
            },
            "application/json": {"schema": KeyList.model_json_schema(), "example": _json(_KEYS)},
        },
    }
}
NOT_FINISHED = PipelineError(ErrorCode.NOT_FINISHED, kind="batch", id=BATCH)
