"""Bodies of requests and answers. A document's own answer is `ocr_pipeline.documents.outcome.Outcome`."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from ocr_pipeline.documents.model import State
from ocr_pipeline.errors import Category, ErrorCode

KEY = r"^[0-9A-Za-z_-]+$"
"""What a document's or batch's id is made of."""
Key = Annotated[str, Path(pattern=KEY, max_length=64)]
"""A document's or batch's id within a path."""


class Problem(BaseModel):
    """What went wrong with a request (RFC 9457), from the pipeline's one list of errors."""

    type: str = Field(description="`urn:ocr-pipeline:problem:` and the code")
    title: str
    status: int
    code: ErrorCode
    category: Category = Field(description="Who can do something about it, and where")
    detail: str = Field(description="What happened")
    advice: str = Field(description="What to do about it")
    retryable: bool = Field(description="Whether the same request may succeed later")
    request_id: str | None = Field(default=None, description="As in the header `X-Request-ID` and in the service's log")
    document_id: str | None = Field(default=None, description="The document that it is about, where one was entered")


class PendingDocument(BaseModel):
    """A document that is on its way."""

    id: str
    batch: str | None = Field(
        description="The batch that it is in; null while it waits for one, and for a document that was there before"
    )
    state: State
    location: str = Field(description="Where its outcome will be")
    reused: bool = Field(
        default=False, description="Whether the same file is on its way already, and this is its document"
    )
