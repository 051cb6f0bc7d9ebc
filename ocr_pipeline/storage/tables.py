"""The validated tables: one transaction a batch, and the same batch twice leaves the same rows."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Engine, delete, insert, select

from ocr_pipeline.documents.model import Verdict
from ocr_pipeline.storage.ledger import Finished, finish
from ocr_pipeline.storage.schema import documents, line_items, quarantine

Row = dict[str, Any]
"""Column name to value."""


class BatchTables(NamedTuple):
    """All that one batch writes. A document stands either in `documents` or in `quarantine`."""

    documents: Sequence[Row]
    line_items: Sequence[Row]
    quarantine: Sequence[Row]
    finished: Sequence[Finished]


def write_batch(engine: Engine, tables: BatchTables) -> None:
    """Replaces the rows of the batch's documents and enters their final states, all or nothing."""
    ids = [document.id for document in tables.finished]
    with engine.begin() as connection:
        connection.execute(delete(documents).where(documents.c.document_id.in_(ids)))
        connection.execute(delete(quarantine).where(quarantine.c.document_id.in_(ids)))
        for table, rows in (
            (documents, tables.documents),
            (line_items, tables.line_items),
            (quarantine, tables.quarantine),
        ):
            if rows:
                connection.execute(insert(table), list(rows))
        finish(connection, tables.finished)


def load_verdict(engine: Engine, document_id: str) -> Verdict | None:
    """The verdict on a document as it was written, be it in the tables or in quarantine."""
    with engine.connect() as connection:
        for table in (documents, quarantine):
            found = connection.scalar(select(table.c.verdict).where(table.c.document_id == document_id))
            if found is not None:
                return Verdict.model_validate(found)
    return None
