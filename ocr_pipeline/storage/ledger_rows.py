"""What goes into the ledger, and what comes out of it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import RowMapping

from ocr_pipeline.documents.model import Rejection, State
from ocr_pipeline.documents.options import Options
from ocr_pipeline.errors import ErrorCode

DEFAULT_TENANT = "default"
"""Whom everything belongs to where nobody speaks of tenants."""


class Lane(StrEnum):
    """Who waits for a document; also the Celery queue of its runs."""

    INTERACTIVE = "interactive"
    """Somebody, right now."""
    BATCH = "batch"
    """Nobody in particular."""


class Arrival(NamedTuple):
    """A file in the bucket that the ledger may not know yet."""

    file: str
    object_key: str
    etag: str
    size: int
    """Bytes."""
    sha256: str | None = None
    """None where its bytes were not seen yet."""


class Sender(NamedTuple):
    """Whom documents come from, and what is to be done for them."""

    tenant: str = DEFAULT_TENANT
    subject: str | None = None
    request_id: str | None = None
    options: Options = Options()
    webhook: str | None = None


NOBODY = Sender()


class LedgerDocument(NamedTuple):
    id: str
    tenant: str
    subject: str | None
    options: Options
    file: str
    object_key: str
    etag: str
    size: int
    """Bytes."""
    batch: str | None
    state: State
    sha256: str | None
    pages: int | None
    """None until intake counted them."""
    refusal: Rejection | None
    """Why intake did not let it in."""
    reason: Rejection | None
    """Why it is rejected."""
    seconds: dict[str, float]
    versions: dict[str, str]
    """By stage, once it is final: where its stage outputs are."""
    arrived_at: datetime
    finished_at: datetime | None
    erased_at: datetime | None

    @property
    def content(self) -> str | None:
        """What its stage outputs are addressed by: its bytes and its options. None until its bytes were read."""
        if self.sha256 is None:
            return None
        return f"{self.sha256}-{self.options.digest}" if self.options.digest else self.sha256

    @property
    def is_wanted(self) -> bool:
        """False once it was cancelled or erased: nothing is made of it any more."""
        is_cancelled = self.reason is not None and self.reason.code is ErrorCode.CANCELLED
        return not is_cancelled and self.erased_at is None


class Finished(NamedTuple):
    """A document's final state."""

    id: str
    state: State
    reason: Rejection | None
    seconds: dict[str, float]
    versions: Mapping[str, str] = MappingProxyType({})
    """By stage."""


class UnfinishedBatch(NamedTuple):
    key: str
    lane: Lane
    closed_at: datetime


class BatchStatus(NamedTuple):
    key: str
    tenant: str
    closed_at: datetime
    finished_at: datetime | None
    documents: list[LedgerDocument]


def document_of(row: RowMapping) -> LedgerDocument:
    return LedgerDocument(
        id=row["id"],
        tenant=row["tenant"],
        subject=row["subject"],
        options=Options.model_validate(row["options"]),
        file=row["file"],
        object_key=row["object_key"],
        etag=row["etag"],
        size=row["size"],
        batch=row["batch"],
        state=State(row["state"]),
        sha256=row["sha256"],
        pages=row["pages"],
        refusal=_rejection(row["refusal"]),
        reason=_rejection(row["reason"]),
        seconds=row["seconds"],
        versions=row["versions"],
        arrived_at=row["arrived_at"],
        finished_at=row["finished_at"],
        erased_at=row["erased_at"],
    )


def _rejection(stored: dict[str, Any] | None) -> Rejection | None:
    return None if stored is None else Rejection.model_validate(stored)
