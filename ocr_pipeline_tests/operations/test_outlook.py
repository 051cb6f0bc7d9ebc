"""What is said of the next step, against what the sensor then does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ocr_pipeline.documents.model import State
from ocr_pipeline.documents.options import NO_OPTIONS
from ocr_pipeline.operations.outlook import outlook
from ocr_pipeline.orchestration.past_runs import PastRun
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.document_history import BatchHistory, DocumentHistory
from ocr_pipeline.storage.ledger_rows import Lane, LedgerDocument
from ocr_pipeline.storage.results import Progress

CLOSED = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
SETTINGS = Settings()


def history(batch: BatchHistory | None, lane: Lane = Lane.BATCH) -> DocumentHistory:
    document = LedgerDocument(
        id="1", tenant="default", subject=None, options=NO_OPTIONS, file="a.pdf", object_key="inbox/a.pdf", etag="e",
        size=1, batch=None if batch is None else batch.key, state=State.WAITING, sha256=None, pages=None, refusal=None,
        reason=None, seconds={}, versions={}, arrived_at=CLOSED, finished_at=None, erased_at=None,
    )  # fmt: skip
    return DocumentHistory(document, lane, None, None, batch, {}, [], [])


BATCH = BatchHistory("b", Lane.BATCH, None, CLOSED, None, None, 0, None, None, {})


def run(status: str, after: float = 1.0, **other: Any) -> PastRun:
    begun = CLOSED + timedelta(seconds=after)
    told: dict[str, Any] = {
        "id": f"r{after:g}", "job": "process_batch", "status": status, "created_at": begun, "started_at": begun,
        "ended_at": begun, "queue": None, "worker": None, "backfill": None, "trace": None, "is_handed_back": False,
        "failure": None,
    }  # fmt: skip
    return PastRun(**told | other)


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([], ["launches a run of its batch"]),
        ([run("STARTING")], ["r1 waits in the queue batch for a worker"]),
        ([run("STARTING", queue="gpu")], ["in the queue gpu"]),
        ([run("STARTED", worker="batch-1@b")], ["working on its batch on batch-1@b"]),
        ([run("FAILURE")], ["After 1 failed run", "10:05:06"]),
        ([run("FAILURE"), run("FAILURE", 60)], ["After 2 failed runs", "10:06:10"]),
        ([run("FAILURE"), run("SUCCESS", 60)], ["launches a run"]),
        ([run("FAILURE", is_handed_back=True)], ["launches a run"]),
        ([run("CANCELED")], ["rejects what is unfinished"]),
        ([run("CANCELED", -60)], ["launches a run"]),
        ([run("FAILURE", 86_400)], ["is rejected after 2026-11-23 10:05:00"]),
    ],
)  # fmt: skip
def test_next_step_of_a_batch(runs: list[PastRun], expected: list[str]) -> None:
    told = str(outlook(history(BATCH), runs, SETTINGS))
    assert all(words in told for words in expected), told


def test_how_far_a_run_is() -> None:
    told = outlook(history(BATCH), [run("STARTED")], SETTINGS, progress=Progress("ocr_text", 3, 20))
    assert str(told).endswith(": ocr_text, 3 of 20 documents.")


def test_waiting_for_a_batch_or_a_worker() -> None:
    assert "with 20 documents" in str(outlook(history(None), [], SETTINGS))
    assert "10:05:10" in str(outlook(history(None), [], SETTINGS))
    assert "waits for room" in str(outlook(history(None, Lane.INTERACTIVE), [], SETTINGS))
    assert "queue batch for a worker" in str(outlook(history(BATCH), [], SETTINGS, is_queued=True))


def test_final_one_has_no_next_step() -> None:
    finished = history(BATCH)._replace(document=history(BATCH).document._replace(finished_at=CLOSED))
    assert outlook(finished, [run("FAILURE")], SETTINGS) is None
