"""Replays: single documents leave their finished batches for new ones, and are processed again there.

A batch that a document left stays finished. The inbox sensor launches the runs of the new ones.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, column, delete, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import JSONB

from ocr_pipeline.documents.model import State
from ocr_pipeline.documents.options import Options
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.batch_reruns import reopen_documents
from ocr_pipeline.storage.ledger import insert_batch
from ocr_pipeline.storage.ledger_rows import Lane, LedgerDocument, Sender, document_of
from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline.storage.schema import beginnings, ledger, quarantine
from ocr_pipeline.storage.stage_outputs import output_key


class Replayed(NamedTuple):
    """A document that was in quarantine, and is on its way again."""

    id: str
    tenant: str
    file: str
    codes: tuple[str, ...]
    """Why it was in quarantine ..."""
    message: str
    """... and the sentence to the first of these codes."""
    quarantined_at: datetime
    earlier_batch: str | None
    batch: str


class Rerun(NamedTuple):
    document: LedgerDocument
    """As it was before."""
    batch: str
    """In which it is processed again, alone."""
    removed: list[str]
    """Keys of the stage outputs that are computed anew."""


def replay_quarantined(
    engine: Engine,
    *,
    codes: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    tenant: str | None = None,
    ids: Sequence[str] = (),
    limit: int,
    size: int,
) -> list[Replayed]:
    """Makes documents in quarantine wait again, the earliest first, in batches of at most `size`.

    Meant are those of all conditions that are given: one of `codes` among its reasons, in quarantine from `since` on
    and before `until`. What its sender cancelled is meant only where `ids` or `codes` say so. All or nothing.
    """
    conditions: list[ColumnElement[bool]] = [ledger.c.finished_at.is_not(None), ledger.c.erased_at.is_(None)]
    if codes:
        conditions.append(or_(*(_has(code) for code in codes)))
    if ids:
        conditions.append(ledger.c.id.in_(ids))
    if not codes and not ids:
        conditions.append(~_has(ErrorCode.CANCELLED))
    if since is not None:
        conditions.append(quarantine.c.quarantined_at >= since)
    if until is not None:
        conditions.append(quarantine.c.quarantined_at < until)
    if tenant is not None:
        conditions.append(ledger.c.tenant == tenant)
    found = (
        select(
            ledger.c.id,
            ledger.c.tenant,
            ledger.c.file,
            ledger.c.batch,
            quarantine.c.reasons,
            quarantine.c.quarantined_at,
        )
        .join_from(quarantine, ledger, ledger.c.id == quarantine.c.document_id)
        .where(*conditions)
        .order_by(ledger.c.id)
        .limit(limit)
        .with_for_update(of=ledger)
    )
    replayed = []
    with engine.begin() as connection:
        rows = sorted(connection.execute(found).mappings(), key=itemgetter("tenant"))
        for owner, group in groupby(rows, key=itemgetter("tenant")):
            for some in _in_parts(list(group), size):
                batch = _move(connection, [row["id"] for row in some], owner)
                replayed += [_replayed(row, batch) for row in some]
        reopen_documents(connection, [document.id for document in replayed])
    return replayed


def not_in_quarantine(engine: Engine, ids: Collection[str]) -> list[str]:
    """Those of the ids under which there is no document in quarantine."""
    there = select(quarantine.c.document_id).where(quarantine.c.document_id.in_(ids))
    with engine.connect() as connection:
        return sorted(set(ids) - set(connection.scalars(there)))


def quarantine_codes(engine: Engine) -> dict[str, int]:
    """How many documents are in quarantine for a code, the commonest first; one may be there for several."""
    reason = func.jsonb_array_elements(quarantine.c.reasons).table_valued(column("value", JSONB), name="reason")
    code = reason.c.value["code"].astext
    count = func.count()
    with engine.connect() as connection:
        rows = connection.execute(
            select(code, count).select_from(quarantine).join(reason, true()).group_by(code).order_by(count.desc())
        )
        return {row[0]: row[1] for row in rows}


def rerun_document(
    engine: Engine,
    store: ObjectStore,
    document_id: str,
    stages: Sequence[str],
    versions: Callable[[Options], Mapping[str, str]],
) -> Rerun:
    """Has one finished document processed again, in a batch of its own, and the outputs of `stages` computed anew.

    `versions` are the present ones under a document's options. Until it ends again the document's result stands, unless
    it was rejected: then it waits. Raises PipelineError: NOT_FOUND, GONE where it was erased, NOT_FINISHED.
    """
    with engine.begin() as connection:
        mine = select(ledger).where(ledger.c.id == document_id).with_for_update()
        row = connection.execute(mine).mappings().first()
        if row is None:
            raise PipelineError(ErrorCode.NOT_FOUND, kind="document", id=document_id)
        document = document_of(row)
        if document.erased_at is not None:
            detail = f"it was erased at {document.erased_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            raise PipelineError(ErrorCode.GONE, kind="document", id=document_id, detail=detail)
        if document.finished_at is None:
            raise PipelineError(ErrorCode.NOT_FINISHED, kind="document", id=document_id)
        now = versions(document.options)
        content = document.content
        removed = [output_key(stage, now[stage], content) for stage in stages] if content else []
        store.delete(removed)
        batch = _move(connection, [document.id], document.tenant)
        if document.state is State.REJECTED:
            reopen_documents(connection, [document.id])
        connection.execute(delete(beginnings).where(beginnings.c.document_id == document.id))
    return Rerun(document, batch, removed)


def _move(connection: Connection, ids: Sequence[str], tenant: str) -> str:
    """Puts documents into a new batch, and returns its key."""
    key = insert_batch(connection, datetime.now(UTC), Sender(tenant), Lane.BATCH)
    connection.execute(update(ledger).where(ledger.c.id.in_(ids)).values(batch=key, lane=Lane.BATCH))
    return key


def _replayed(row: RowMapping, batch: str) -> Replayed:
    return Replayed(
        id=row["id"],
        tenant=row["tenant"],
        file=row["file"],
        codes=tuple(dict.fromkeys(reason["code"] for reason in row["reasons"])),
        message=row["reasons"][0]["message"],
        quarantined_at=row["quarantined_at"],
        earlier_batch=row["batch"],
        batch=batch,
    )


def _has(code: str) -> ColumnElement[bool]:
    return quarantine.c.reasons.contains([{"code": code}])


def _in_parts(rows: Sequence[RowMapping], size: int) -> Iterator[Sequence[RowMapping]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
