"""Everything that Postgres knows of one document, for whoever asks why it is where it is."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Engine, func, or_, select

from ocr_pipeline.documents.model import State
from ocr_pipeline.storage.deliveries import Deliveries, Delivery, Filters
from ocr_pipeline.storage.ledger_rows import Lane, LedgerDocument, document_of
from ocr_pipeline.storage.schema import batches, beginnings, documents, ledger

SEARCHED = 200_000
"""Newest documents that are searched for a name; ids, keys and contents are found among all by an index."""
_MOST_SHOWN = 20
"""Duplicates, and deliveries of each kind."""


class BatchHistory(NamedTuple):
    key: str
    lane: Lane
    subject: str | None
    closed_at: datetime
    looked_at: datetime | None
    finished_at: datetime | None
    faults: int
    retired_at: datetime | None
    cleared_at: datetime | None
    documents: dict[State, int]
    """How many, by state; erased ones count nowhere."""


class DocumentHistory(NamedTuple):
    document: LedgerDocument
    lane: Lane
    request_id: str | None
    webhook: str | None
    batch: BatchHistory | None
    begun: dict[str, int]
    """By stage: how often work on it began that has not come to an end."""
    duplicates: list[str]
    """Ids of documents that say the same and came later, some at most."""
    deliveries: list[Delivery]
    """Of the document and of its batch, the oldest first."""


def find_documents(engine: Engine, wanted: str, inbox_prefix: str, limit: int) -> list[LedgerDocument]:
    """Those with this id, key in the bucket, name in the inbox or content hash, the newest first.

    Where there are none, those of the newest 200,000 documents with this name, end of a path, or request id.
    """
    keys = [wanted, wanted.removeprefix("/"), inbox_prefix + wanted.removeprefix("/")]
    indexed = or_(ledger.c.id == wanted, ledger.c.object_key.in_(keys), ledger.c.sha256 == wanted.lower())
    newest = select(ledger).order_by(ledger.c.id.desc()).limit(SEARCHED).subquery()
    name = newest.c.file
    named = or_(name == wanted, name.endswith(f"/{wanted}", autoescape=True), newest.c.request_id == wanted)
    with engine.connect() as connection:
        exact = select(ledger).where(indexed).order_by(ledger.c.id.desc()).limit(limit)
        rows = connection.execute(exact).mappings().all()
        if not rows:
            some = select(newest).where(named).order_by(newest.c.id.desc()).limit(limit)
            rows = connection.execute(some).mappings().all()
        return [document_of(row) for row in rows]


def document_history(engine: Engine, document_id: str) -> DocumentHistory | None:
    with engine.connect() as connection:
        row = connection.execute(select(ledger).where(ledger.c.id == document_id)).mappings().first()
        if row is None:
            return None
        unended = select(beginnings.c.stage, beginnings.c.count).where(beginnings.c.document_id == document_id)
        begun = {row[0]: row[1] for row in connection.execute(unended)}
        same = select(documents.c.document_id).where(documents.c.duplicate_of == document_id)
        duplicates = list(connection.scalars(same.order_by(documents.c.document_id).limit(_MOST_SHOWN)))
    document = document_of(row)
    batch = None if document.batch is None else _batch_history(engine, document.batch)
    return DocumentHistory(
        document=document,
        lane=Lane(row["lane"]),
        request_id=row["request_id"],
        webhook=row["webhook"],
        batch=batch,
        begun=begun,
        duplicates=duplicates,
        deliveries=_deliveries(engine, document),
    )


def _batch_history(engine: Engine, key: str) -> BatchHistory | None:
    mine: ColumnElement[bool] = batches.c.key == key
    counted = (
        select(ledger.c.state, func.count())
        .where(ledger.c.batch == key, ledger.c.erased_at.is_(None))
        .group_by(ledger.c.state)
    )
    with engine.connect() as connection:
        row = connection.execute(select(batches).where(mine)).mappings().first()
        if row is None:
            return None
        states = {State(state): count for state, count in connection.execute(counted)}
    told = {name: row[name] for name in BatchHistory._fields if name not in {"lane", "documents"}}
    return BatchHistory(**told, lane=Lane(row["lane"]), documents=states)


def _deliveries(engine: Engine, document: LedgerDocument) -> list[Delivery]:
    told = Deliveries(engine)
    found = told.listed(document.tenant, Filters(document_id=document.id), None, _MOST_SHOWN)
    if document.batch is not None:
        found += told.listed(document.tenant, Filters(batch=document.batch), None, _MOST_SHOWN)
    return sorted(found, key=lambda delivery: delivery.id)
