"""The outcomes of a batch's documents, a page at a time: a batch of any size needs little memory."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, RowMapping, func, select

from ocr_pipeline.documents.model import Rejection, State, Verdict
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.storage.schema import documents, ledger, quarantine

_PAGE = 100
"""Documents. A verdict with all its evidence has some 10 kB."""


def batch_outcomes(engine: Engine, batch: str, result_seconds: int) -> Iterator[list[Outcome]]:
    """Pages of outcomes, in the order in which the documents came; no connection is held between two pages.

    An unfinished document has its state and no more; so has one whose result is no longer served, which says since
    when in `expires_at`. Erased documents are left out.
    """
    after = ""
    while rows := _rows(engine, batch, after):
        now = datetime.now(UTC)
        yield [_outcome(row, result_seconds, now) for row in rows]
        after = rows[-1]["id"]


def _rows(engine: Engine, batch: str, after: str) -> list[RowMapping]:
    columns = (ledger.c.id, ledger.c.file, ledger.c.state, ledger.c.reason, ledger.c.seconds, ledger.c.finished_at)
    wanted = (
        select(*columns, func.coalesce(documents.c.verdict, quarantine.c.verdict).label("verdict"))
        .outerjoin(documents, documents.c.document_id == ledger.c.id)
        .outerjoin(quarantine, quarantine.c.document_id == ledger.c.id)
        .where(ledger.c.batch == batch, ledger.c.erased_at.is_(None), ledger.c.id > after)
        .order_by(ledger.c.id)
        .limit(_PAGE)
    )
    with engine.connect() as connection:
        return list(connection.execute(wanted).mappings())


def _outcome(row: RowMapping, result_seconds: int, now: datetime) -> Outcome:
    nothing_more = Outcome(id=row["id"], file=row["file"], state=State(row["state"]))
    if row["finished_at"] is None:
        return nothing_more
    expires_at = row["finished_at"].astimezone(UTC) + timedelta(seconds=result_seconds)
    if expires_at < now:
        return nothing_more.model_copy(update={"expires_at": expires_at})
    if row["reason"] is not None:
        result: Rejection | Verdict = Rejection.model_validate(row["reason"])
    elif row["verdict"] is not None:
        result = Verdict.model_validate(row["verdict"])
    else:
        return nothing_more
    return Outcome.of(row["id"], row["file"], result, row["seconds"], expires_at)
