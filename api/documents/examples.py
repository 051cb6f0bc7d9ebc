"""Examples of the documents' list and files in the OpenAPI description; made from the models."""

from datetime import UTC, datetime
from typing import Any

from api.documents.schemas import DocumentList, DocumentSummary
from api.examples import BATCH, DOCUMENT_ID, gone
from ocr_pipeline.documents.model import Box, DocumentText, Line, Page, State, Word
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.exports.alto import alto
from ocr_pipeline.exports.hocr import hocr
from ocr_pipeline.exports.markdown import markdown
from ocr_pipeline.exports.plain_text import plain_text

_OTHER_ID = "019bfc3e-5a2f-7c11-9d0e-3b6f0a4c1d21"

LIST: dict[str, Any] = DocumentList(
    documents=[
        DocumentSummary(
            id=DOCUMENT_ID,
            file="receipt.jpg",
            state=State.ACCEPTED,
            kind="receipt",
            batch=BATCH,
            arrived_at=datetime(2026, 11, 22, 10, 5, tzinfo=UTC),
            finished_at=datetime(2026, 11, 22, 10, 5, 1, 500_000, tzinfo=UTC),
            expires_at=datetime(2026, 11, 29, 10, 5, 1, 500_000, tzinfo=UTC),
            pages=1,
            vendor_name="CORNER BAKERY",
            document_date="2026-11-21",
            total="12.40",
            currency="EUR",
            confidence=0.97,
        ),
        DocumentSummary(
            id=_OTHER_ID,
            file="invoice.pdf",
            state=State.REJECTED,
            error=ErrorCode.TRUNCATED_FILE,
            batch=BATCH,
            arrived_at=datetime(2026, 11, 22, 10, 4, 59, tzinfo=UTC),
            finished_at=datetime(2026, 11, 22, 10, 5, 1, tzinfo=UTC),
            expires_at=datetime(2026, 11, 29, 10, 5, 1, tzinfo=UTC),
        ),
    ],
    cursor=_OTHER_ID,
    next=f"/documents?limit=2&cursor={_OTHER_ID}",
).model_dump(mode="json", exclude_none=True)


def _line(y: float, *words: tuple[str, float, float]) -> Line:
    return Line(words=tuple(Word(text=text, box=Box(x0, y, x1, y + 26), confidence=0.97) for text, x0, x1 in words))


_TEXT = DocumentText(
    pages=(
        Page(
            number=1,
            width=460,
            height=640,
            source="ppocr",
            lines=(
                _line(40, ("CORNER", 112, 246), ("BAKERY", 258, 388)),
                _line(502, ("Total", 60, 130), ("12.40", 330, 398)),
            ),
        ),
    )
)
TEXT = plain_text(_TEXT)
MARKDOWN = markdown(_TEXT)
HOCR = hocr(_TEXT).decode()
ALTO = alto(_TEXT).decode()
WORDS = _TEXT.model_dump(mode="json", exclude_none=True)


UNREAD = (
    gone("document"),
    PipelineError(ErrorCode.NOT_FINISHED, kind="document", id=DOCUMENT_ID),
    PipelineError(ErrorCode.PROCESSING_FAILED, stage="export", detail="the process that made the file died"),
)
"""Why a document's files may not be there."""
