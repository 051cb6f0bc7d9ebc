"""The validated tables: one transaction a batch, and the same batch twice leaves the same rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Engine, Select, Table, delete, insert, select

from ocr_pipeline import tracing
from ocr_pipeline.documents.model import Verdict
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.storage.database import single_statements
from ocr_pipeline.storage.duplicates import Group
from ocr_pipeline.storage.ledger import Ledger, finish, lock
from ocr_pipeline.storage.ledger_rows import Finished, LedgerDocument
from ocr_pipeline.storage.schema import documents, line_items, quarantine

Row = dict[str, Any]
"""Column name to value."""

_VALIDATED = [column for column in documents.c if column is not documents.c.verdict]
"""The verdict is many times as long as all else."""


class BatchTables(NamedTuple):
    """All that one batch writes. A document stands either in `documents` or in `quarantine`."""

    documents: Sequence[Row]
    line_items: Sequence[Row]
    quarantine: Sequence[Row]
    finished: Sequence[Finished]
    verdicts: Mapping[str, Verdict]
    """By document id, of all documents that were not rejected."""


class Settled(NamedTuple):
    """What became of a batch as it was written."""

    unwanted: frozenset[str]
    """Ids of documents that were cancelled or erased meanwhile, or left the batch: they are as they were."""
    verdicts: Mapping[str, Verdict]
    """By document id, those that stand in the tables otherwise than they were handed in, as duplicates do, and those of
    other batches' documents that changed with them."""


def write_batch(
    engine: Engine,
    batch: str,
    tables: BatchTables,
    finished_at: datetime,
    note: Callable[[Connection, Settled], None] = lambda *_: None,
) -> Settled:
    """Replaces the rows of the batch's documents and enters their final states, all or nothing.

    Duplicates are found and linked here, where no other batch comes in between. What `note` writes is written with it.
    """
    given = [document.id for document in tables.finished]
    with tracing.span("write_rows", batch=batch, documents=len(given)), engine.begin() as connection:
        group = Group(connection, batch, given, tables.verdicts)
        ids = lock(connection, given, batch)
        group.leave_out(set(given) - ids)
        for table in (documents, quarantine):
            connection.execute(delete(table).where(table.c.document_id.in_(ids)))
        for table, rows in (
            (documents, tables.documents),
            (line_items, tables.line_items),
            (quarantine, tables.quarantine),
        ):
            if wanted := [row for row in rows if row["document_id"] in ids]:
                connection.execute(insert(table), wanted)
        finish(connection, batch, [document for document in tables.finished if document.id in ids], finished_at)
        settled = Settled(frozenset(set(given) - ids), group.settle())
        note(connection, settled)
        return settled


class WrittenRows(NamedTuple):
    """What stands in the tables for some documents, among it the columns of the validation schemas."""

    documents: list[Row]
    line_items: list[Row]
    quarantined: list[str]
    """Document ids."""


def read_batch(engine: Engine, document_ids: Sequence[str]) -> WrittenRows:
    with single_statements(engine).connect() as connection:
        return WrittenRows(
            [dict(row) for row in connection.execute(_of(_VALIDATED, documents, document_ids)).mappings()],
            [dict(row) for row in connection.execute(_of(line_items.c, line_items, document_ids)).mappings()],
            list(connection.scalars(_of([quarantine.c.document_id], quarantine, document_ids))),
        )


class Changed(NamedTuple):
    """What the tables say otherwise by now."""

    outcomes: list[Outcome]
    """As they are now, of documents that another batch linked otherwise."""
    gone: list[str]
    """Ids of documents that have no result any more: they were erased, or wait to be processed again."""


def changed_since(engine: Engine, ledger: Ledger, outcomes: Sequence[Outcome], result_seconds: int) -> Changed:
    """What changed after these outcomes of finished documents were read."""
    links: dict[str, str | None] = {}
    with engine.connect() as connection:
        for table in (documents, quarantine):
            link = table.c.verdict["duplicate_of"].astext
            wanted = table.c.document_id.in_([outcome.id for outcome in outcomes])
            links |= {row[0]: row[1] for row in connection.execute(select(table.c.document_id, link).where(wanted))}
    gone = [outcome.id for outcome in outcomes if outcome.id not in links]
    changed = [ledger.document(outcome.id) for outcome in outcomes if links.get(outcome.id) != outcome.duplicate_of]
    there = [found for found in changed if found is not None and found.state.is_final and found.erased_at is None]
    return Changed([load_outcome(engine, found, result_seconds) for found in there], gone)


def _of(columns: Iterable[Column[Any]], table: Table, document_ids: Sequence[str]) -> Select[tuple[Any, ...]]:
    return select(*columns).where(table.c.document_id.in_(document_ids))


def load_verdict(engine: Engine, document_id: str) -> Verdict | None:
    """The verdict on a document as it was written, be it in the tables or in quarantine."""
    with engine.connect() as connection:
        for table in (documents, quarantine):
            found = connection.scalar(select(table.c.verdict).where(table.c.document_id == document_id))
            if found is not None:
                return Verdict.model_validate(found)
    return None


def load_outcome(engine: Engine, document: LedgerDocument, result_seconds: int) -> Outcome:
    """What is known of a document: its result where it has a final state, else only the state it is in.

    `result_seconds` is how long the service answers with a result.
    """
    if document.finished_at is not None:
        result = document.reason or load_verdict(engine, document.id)
        if result is not None:
            expires_at = document.finished_at.astimezone(UTC) + timedelta(seconds=result_seconds)
            return Outcome.of(document.id, document.file, result, document.seconds, expires_at)
    return Outcome(id=document.id, file=document.file, state=document.state)
