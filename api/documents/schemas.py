"""Bodies and parameters of the documents' list."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from ocr_pipeline.documents.model import State
from ocr_pipeline.errors import ErrorCode

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


def _moment(value: str | datetime) -> str | datetime:
    """Pydantic takes more for a moment, such as bare numbers."""
    if isinstance(value, str) and not _MOMENT.fullmatch(value):
        message = "a date and time with an offset is needed, such as 2026-11-22T10:05:00Z"
        raise ValueError(message)
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""A date and time as in RFC 3339."""


class DocumentSummary(BaseModel):
    id: str
    file: str
    state: State
    kind: str | None = None
    batch: str | None = Field(default=None, description="Absent while it waits to be put into one")
    arrived_at: datetime
    finished_at: datetime | None = None
    expires_at: datetime | None = Field(default=None, description="Until when its result can be had")
    pages: int | None = Field(default=None, description="Of the file")
    error: ErrorCode | None = Field(default=None, description="Why it is rejected")
    vendor_name: str | None = None
    document_date: str | None = Field(default=None, description="ISO 8601")
    total: str | None = Field(default=None, description="A decimal number with a point")
    currency: str | None = Field(default=None, description="ISO 4217")
    confidence: float | None = Field(default=None, ge=0, le=1)


class DocumentList(BaseModel):
    documents: list[DocumentSummary] = Field(description="The newest first")
    cursor: str | None = Field(description="To be sent for the next page; null on the last")
    next: str | None = Field(description="The next page under the same filters; null on the last")
