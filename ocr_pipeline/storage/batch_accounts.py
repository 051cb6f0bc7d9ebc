"""What the ledger says there must be of a batch, beside what there is."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Engine, exists, select

from ocr_pipeline.documents.model import State
from ocr_pipeline.storage.database import single_statements
from ocr_pipeline.storage.ledger import IS_WANTED
from ocr_pipeline.storage.ledger_rows import Lane
from ocr_pipeline.storage.schema import batches, documents, ledger, quarantine


class Account(NamedTuple):
    """Ids of the batch's documents; those that were cancelled or erased, or wait to be processed again, are none."""

    documents: frozenset[str]
    in_tables: frozenset[str]
    in_quarantine: frozenset[str]


def owner_of(engine: Engine, batch: str) -> tuple[str, Lane]:
    """The batch's tenant, and its lane as it is now: a batch that runs again leaves the one it came by."""
    with single_statements(engine).connect() as connection:
        row = connection.execute(select(batches.c.tenant, batches.c.lane).where(batches.c.key == batch)).one()
        return row.tenant, Lane(row.lane)


def account_of(engine: Engine, batch: str) -> Account:
    """In one statement, which sees all at one moment: meanwhile documents are erased, and batches run again."""
    statement = select(
        ledger.c.id,
        exists().where(documents.c.document_id == ledger.c.id),
        exists().where(quarantine.c.document_id == ledger.c.id),
    ).where(ledger.c.batch == batch, IS_WANTED, ledger.c.state != State.WAITING)
    with single_statements(engine).connect() as connection:
        rows = connection.execute(statement).all()
    return Account(
        frozenset(id_ for id_, _, _ in rows),
        frozenset(id_ for id_, in_tables, _ in rows if in_tables),
        frozenset(id_ for id_, _, in_quarantine in rows if in_quarantine),
    )


def wanted_documents(engine: Engine, keys: Sequence[str]) -> dict[str, set[str]]:
    """By batch, the ids of its documents that were neither cancelled nor erased."""
    wanted: dict[str, set[str]] = {key: set() for key in keys}
    statement = select(ledger.c.batch, ledger.c.id).where(ledger.c.batch.in_(keys), IS_WANTED)
    with single_statements(engine).connect() as connection:
        for batch, id_ in connection.execute(statement):
            wanted[batch].add(id_)
    return wanted
