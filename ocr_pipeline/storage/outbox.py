"""The outbox: what is to be told to webhooks, written in the transaction that makes it true."""

from sqlalchemy import ColumnElement, Connection, literal, select
from sqlalchemy.dialects.postgresql import insert
from uuid6 import uuid7

from ocr_pipeline.storage.schema import batches, deliveries, ledger

DOCUMENT_FINISHED = "document.finished"
BATCH_FINISHED = "batch.finished"


def announce_documents(connection: Connection, where: ColumnElement[bool]) -> None:
    """Enters a delivery for each document that becomes final now and whose sender wants to be told.

    To be called before it is entered as final: one that was final before, and is processed again, is not told again.
    The documents stay locked until the transaction ends, so of two that end the same one only the first tells it.
    """
    wanted = select(ledger.c.id, ledger.c.tenant, ledger.c.webhook).where(
        where, ledger.c.finished_at.is_(None), ledger.c.webhook.is_not(None)
    )
    locked = wanted.order_by(ledger.c.id).with_for_update(key_share=True)
    rows = [
        {"id": str(uuid7()), "tenant": tenant, "url": url, "event": DOCUMENT_FINISHED, "document_id": id_}
        for id_, tenant, url in connection.execute(locked)
    ]
    if rows:
        connection.execute(insert(deliveries), rows)


def announce_batch(connection: Connection, batch: str) -> None:
    """Enters a delivery for the batch if its sender wants to be told; to be called before it is entered as finished."""
    columns = ["id", "tenant", "url", "event", "batch"]
    wanted = select(
        literal(str(uuid7())), batches.c.tenant, batches.c.webhook, literal(BATCH_FINISHED), batches.c.key
    ).where(batches.c.key == batch, batches.c.finished_at.is_(None), batches.c.webhook.is_not(None))
    connection.execute(insert(deliveries).from_select(columns, wanted.with_for_update(key_share=True)))
