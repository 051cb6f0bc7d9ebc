"""What a webhook says: the event's type and time, and what `GET` at its `location` would answer then."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, func, select

from ocr_pipeline.documents.model import State
from ocr_pipeline.storage.deliveries import Delivery
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.schema import batches, ledger
from ocr_pipeline.storage.tables import load_outcome


def payload(engine: Engine, delivery: Delivery, result_seconds: int) -> str | None:
    """The body, in JSON; None where the document was erased, or is being processed again. Blocks."""
    if delivery.document_id is not None:
        return _of_document(engine, delivery, delivery.document_id, result_seconds)
    return _of_batch(engine, delivery)


def _of_document(engine: Engine, delivery: Delivery, document_id: str, result_seconds: int) -> str | None:
    document = Ledger(engine).document(document_id)
    if document is None or document.erased_at is not None or document.finished_at is None:
        return None
    outcome = load_outcome(engine, document, result_seconds)
    return _event(delivery, document.finished_at, f"/documents/{document_id}", outcome.model_dump(mode="json"))


def _of_batch(engine: Engine, delivery: Delivery) -> str | None:
    with engine.connect() as connection:
        batch = connection.execute(
            select(batches.c.closed_at, batches.c.finished_at).where(batches.c.key == delivery.batch)
        ).one()
        by_state = select(ledger.c.state, func.count()).where(
            ledger.c.batch == delivery.batch, ledger.c.erased_at.is_(None)
        )
        rows = connection.execute(by_state.group_by(ledger.c.state)).all()
    if batch.finished_at is None:
        return None
    counts = {State(state): count for state, count in rows}
    data = {"batch": delivery.batch, "closed_at": _written(batch.closed_at), "counts": counts}
    return _event(delivery, batch.finished_at, f"/batches/{delivery.batch}", data)


def _event(delivery: Delivery, at: datetime, location: str, data: Mapping[str, Any]) -> str:
    event = {"type": delivery.event, "timestamp": _written(at), "location": location, "data": data}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
