"""Bodies and parameters of batches."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Header, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from ocr_pipeline.documents.model import State
from ocr_pipeline.errors import ErrorCode

_PART = r"([^\x00-\x1f\x7f./][^\x00-\x1f\x7f/]*|\.[^\x00-\x1f\x7f./][^\x00-\x1f\x7f/]*|\.\.[^\x00-\x1f\x7f/]+)"
"""Between two slashes: anything but nothing, one dot, and two dots, which some servers take for another folder."""
_MOST_KEYS = 500
"""Half a megabyte, which a body of JSON may have; the setting `max_files` may allow less."""


def _unique(keys: list[str]) -> list[str]:
    if len(set(keys)) < len(keys):
        message = "each key may be named once"
        raise ValueError(message)
    return keys


# S3 takes 1024 bytes: 255 characters, whichever.
ImportKey = Annotated[
    str, StringConstraints(pattern=rf"^imports/[0-9A-Za-z_-]{{1,64}}(/{_PART})+$", min_length=11, max_length=255)
]


class KeyList(BaseModel):
    """Files that are in the pipeline's bucket already."""

    model_config = ConfigDict(extra="forbid")

    keys: Annotated[list[ImportKey], AfterValidator(_unique)] = Field(
        description="Below `imports/`, the tenant and a slash",
        min_length=1,
        max_length=_MOST_KEYS,
        examples=[["imports/default/2026-11/invoice.pdf"]],
        json_schema_extra={"uniqueItems": True},
    )


LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        pattern=r"^[!-~]+$",
        max_length=64,
        description="The `id` of the last event that was received; browsers send it when they connect again.",
    ),
]
ResultFormat = Annotated[
    Literal["jsonl", "csv"] | None,
    Query(description="By default what the header `Accept` prefers: `text/csv`, else JSON lines."),
]


class SubmittedDocument(BaseModel):
    id: str
    file: str
    error: ErrorCode | None = Field(default=None, description="What is wrong with it, where that is known already")


class SubmittedBatch(BaseModel):
    """A batch that is on its way."""

    batch: str
    documents: list[SubmittedDocument] = Field(description="In the order in which they were sent")
    location: str = Field(description="Where its progress can be followed")


class BatchDocument(BaseModel):
    id: str
    file: str
    state: State
    error: ErrorCode | None = Field(default=None, description="Why it is rejected")


class StageProgress(BaseModel):
    """How far the run is."""

    stage: str
    done: int = Field(description="Documents that came through the stage")
    total: int


class BatchSummary(BaseModel):
    batch: str
    closed_at: datetime = Field(description="When it was sent or closed; or when it was last run again")
    finished_at: datetime | None = Field(default=None, description="Null while documents are unfinished")
    done: bool = Field(description="Whether every document is in a final state")
    counts: dict[State, int] = Field(description="Documents by state; a state without documents is absent")


class BatchState(BatchSummary):
    progress: StageProgress | None = Field(default=None, description="Null where nothing is known, and once it is done")


class BatchProgress(BatchState):
    documents: list[BatchDocument] = Field(description="In the order in which they came; without erased ones")
    cursor: str | None = Field(default=None, description="To be sent for the next page of documents; null on the last")
    next: str | None = Field(default=None, description="The next page of documents; null on the last")


class BatchList(BaseModel):
    batches: list[BatchSummary] = Field(description="The newest first")
    cursor: str | None = Field(default=None, description="To be sent for the next page; null on the last")
    next: str | None = Field(default=None, description="The next page; null on the last")


class CancelledBatch(BatchSummary):
    cancelled: list[str] = Field(description="Ids of the documents that were cancelled by this request")


class ReopenedBatch(BaseModel):
    batch: str
    documents: list[str] = Field(description="Ids of the documents that are processed again")
    location: str = Field(description="Where its progress can be followed")
