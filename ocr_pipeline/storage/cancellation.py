"""Cancellation: what is not finished yet gets its final state now, whatever a run of it says later."""

from sqlalchemy import ColumnElement, Engine, select, update
from sqlalchemy.dialects.postgresql import insert

from ocr_pipeline.documents.model import Rejection, State
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.storage import outbox
from ocr_pipeline.storage.ledger import finish_batch_if_done, moment, quarantine_row
from ocr_pipeline.storage.schema import ledger, quarantine

_REASON = Rejection.of(ErrorCode.CANCELLED)
_NO_VERSION = ""
"""In the quarantine: no stage judged the document."""


def cancel_document(engine: Engine, document_id: str) -> bool:
    """Rejects the document with the code CANCELLED; False where it was final already, or there is none.

    Runs take no further page of it. Against a run that is about to write its result the first of the two stands.
    """
    return bool(_cancel(engine, ledger.c.id == document_id))


def cancel_batch(engine: Engine, batch: str) -> list[str]:
    """Cancels all unfinished documents of the batch, which is finished with them; returns their ids."""
    return _cancel(engine, ledger.c.batch == batch)


def _cancel(engine: Engine, which: ColumnElement[bool]) -> list[str]:
    unfinished = select(ledger.c.id, ledger.c.batch).where(which, ledger.c.finished_at.is_(None))
    finished_at = moment()
    reject = {"state": State.REJECTED, "reason": _REASON.model_dump(mode="json"), "finished_at": finished_at}
    with engine.begin() as connection:
        # In the order in which runs lock them, so that no two wait for each other.
        found = connection.execute(unfinished.order_by(ledger.c.id).with_for_update()).all()
        ids = [row.id for row in found]
        if not ids:
            return []
        outbox.announce_documents(connection, ledger.c.id.in_(ids))
        connection.execute(update(ledger).where(ledger.c.id.in_(ids)).values(reject))
        enter = insert(quarantine).values([quarantine_row(id_, _REASON, _NO_VERSION) for id_ in ids])
        why = {name: enter.excluded[name] for name in ("reasons", "verdict", "version")}
        connection.execute(enter.on_conflict_do_update(index_elements=[quarantine.c.document_id], set_=why))
        for batch in sorted({row.batch for row in found if row.batch is not None}):
            finish_batch_if_done(connection, batch, finished_at)
    return ids
