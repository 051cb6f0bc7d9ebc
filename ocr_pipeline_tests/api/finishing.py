"""What the pipeline does with a batch, without its stages."""

import time
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

from ocr_pipeline.documents.model import Box, Evidence, Field, Reconciliation, Record, Rejection, State, Verdict
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Ledger, moment
from ocr_pipeline.storage.ledger_rows import Finished, LedgerDocument
from ocr_pipeline.storage.results import Published, open_results
from ocr_pipeline.storage.tables import BatchTables, write_batch
from ocr_pipeline.versions import stage_versions

Result = Verdict | Rejection


def verdict(total: str = "12.40") -> Verdict:
    """An accepted receipt."""
    evidence = Evidence(page=1, box=Box(1, 2, 3, 4), words=(total,))
    record = Record(
        engine="test", kind="receipt", fields={"total": Field(value=total, confidence=0.9, evidence=evidence)}
    )
    return Verdict(state=State.ACCEPTED, confidence=0.9, record=record, reconciliation=Reconciliation())


VERDICT = verdict()


def finish(
    settings: Settings,
    batch: str,
    result: Result | Callable[[LedgerDocument], Result] = VERDICT,
    after: float = 0.0,
    **versions: str,
) -> None:
    """Gives each document of the batch its result; `versions` are those of stages that have others by now."""
    engine = get_engine(settings.database_url.get_secret_value())
    found = Ledger(engine).start_batch(batch)
    time.sleep(after)
    finished_at = moment()
    seconds = {"ocr_text": 0.25}
    results = {document.id: result(document) if callable(result) else result for document in found}
    finished, rows = [], []
    for id_, what in results.items():
        row: dict[str, Any] = {"document_id": id_, "version": "1", "verdict": what.model_dump(mode="json")}
        if isinstance(what, Verdict):
            rows.append(row | {"state": what.state, "confidence": 0.9, "kind": "receipt"})
        state, reason = (State.REJECTED, what) if isinstance(what, Rejection) else (what.state, None)
        finished.append(Finished(id_, state, reason, seconds, dict(stage_versions(settings).items()) | versions))
    write_batch(engine, batch, BatchTables(rows, [], [], finished, {}), finished_at)
    expires_at = finished_at.astimezone(UTC) + timedelta(seconds=settings.result_seconds)
    bell = open_results(settings)
    bell.publish(
        [
            Published(
                document.tenant, Outcome.of(document.id, document.file, results[document.id], seconds, expires_at)
            )
            for document in found
        ]
    )
    bell.ring(batch)
