"""How much is waiting to be done."""

from sqlalchemy import Engine, func, select

from ocr_pipeline.documents.model import State
from ocr_pipeline.storage.schema import deliveries, ledger


def unfinished(engine: Engine, most: int) -> dict[State, int]:
    """Unfinished documents by state; counts no more than `most`, so that a long queue is not the longer to count."""
    some = select(ledger.c.state).where(ledger.c.finished_at.is_(None)).limit(most).subquery()
    with engine.connect() as connection:
        rows = connection.execute(select(some.c.state, func.count()).group_by(some.c.state))
        return {State(state): count for state, count in rows}


def due_deliveries(engine: Engine) -> int:
    """Calls of webhooks that have neither arrived nor been given up."""
    with engine.connect() as connection:
        waiting = select(func.count()).select_from(deliveries).where(deliveries.c.due_at.is_not(None))
        return connection.execute(waiting).scalar_one()
