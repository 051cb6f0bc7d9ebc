"""Erasure: of a document nothing stays but a row of the ledger that says that it was there, and is not any more."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, select, update

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.duplicates import Group
from ocr_pipeline.storage.ledger import lock
from ocr_pipeline.storage.ledger_rows import LedgerDocument, document_of
from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline.storage.originals import key_of
from ocr_pipeline.storage.schema import beginnings, documents, ledger, quarantine
from ocr_pipeline.storage.stage_outputs import STAGES

_DONE = ""
"""The ETag of what is erased wholly."""


def erase(engine: Engine, store: ObjectStore, document: LedgerDocument) -> list[str]:
    """Erases a finished document; again is no harm. Raises PipelineError(NOT_FINISHED).

    Returns the ids of the documents that said the same as this one and are linked otherwise now: they are to be
    published again. The rows go first, and with them all that the API answers from. What a crash leaves in the bucket
    goes with the next call, the inbox sensor's if nobody else calls: until then the row keeps the keys.
    """
    relinked = _erase_rows(engine, document)
    erase_objects(engine, store, document.id)
    return relinked


def half_erased(engine: Engine) -> list[str]:
    """Ids of the documents whose erasure did not come to its end."""
    with engine.connect() as connection:
        left = select(ledger.c.id).where(ledger.c.erased_at.is_not(None), ledger.c.etag != _DONE)
        return list(connection.scalars(left))


def erase_objects(engine: Engine, store: ObjectStore, document_id: str) -> None:
    """The second half: what lies in the bucket and is no other document's. Nothing where it is done already."""
    with engine.begin() as connection:
        row = connection.execute(select(ledger).where(ledger.c.id == document_id).with_for_update()).mappings().one()
        document = document_of(row)
        if document.erased_at is None or document.etag == _DONE:
            return
        store.delete(_keys(connection, store, document))
        emptied = {"object_key": f"erased/{document.id}", "etag": _DONE, "size": 0, "sha256": None, "options": {}}
        connection.execute(update(ledger).where(ledger.c.id == document.id).values(emptied))


def sweep(engine: Engine, store: ObjectStore, document: LedgerDocument) -> None:
    """Erases what a run wrote for `document`, as it knew it, while that was erased."""
    with engine.connect() as connection:
        store.delete(_content_keys(connection, store, document))


def _erase_rows(engine: Engine, document: LedgerDocument) -> list[str]:
    with engine.begin() as connection:
        group = Group(connection, document.batch or document.id, [document.id], {})
        lock(connection, [document.id])
        finished_at, erased_at = connection.execute(
            select(ledger.c.finished_at, ledger.c.erased_at).where(ledger.c.id == document.id)
        ).one()
        if erased_at is not None:
            return []
        if finished_at is None:
            raise PipelineError(ErrorCode.NOT_FINISHED, kind="document", id=document.id)
        for table in (documents, quarantine, beginnings):
            connection.execute(delete(table).where(table.c.document_id == document.id))
        emptied: dict[str, Any] = {
            "file": "",
            "subject": None,
            "request_id": None,
            "webhook": None,
            "refusal": None,
            "reason": None,
            "pages": None,
            "seconds": {},
            "versions": {},
            "erased_at": func.now(),
        }
        connection.execute(update(ledger).where(ledger.c.id == document.id).values(emptied))
        return [id_ for id_ in group.settle() if id_ != document.id]


def _keys(connection: Connection, store: ObjectStore, document: LedgerDocument) -> Iterator[str]:
    there = next(store.list(document.object_key), None)
    # The name of an inbox's file may be another file's by now.
    if there is not None and (there.key, there.etag) == (document.object_key, document.etag):
        yield there.key
    yield from _content_keys(connection, store, document)


def _content_keys(connection: Connection, store: ObjectStore, document: LedgerDocument) -> Iterator[str]:
    """Original and stage outputs, of all stages and versions, as far as no other document has them too."""
    if document.sha256 is None:
        return
    others = select(ledger).where(
        ledger.c.sha256 == document.sha256, ledger.c.id != document.id, ledger.c.erased_at.is_(None)
    )
    same = [document_of(row) for row in connection.execute(others).mappings()]
    if any(other.content == document.content for other in same):
        return
    if not same:
        yield key_of(document.sha256)
    # Without another document of these bytes the outputs under all options go.
    content = f"{document.content}/" if same else document.sha256
    for stage in store.folders(STAGES):
        for version in store.folders(stage):
            for stored in store.list(f"{version}{content}"):
                yield stored.key
