"""Numbers of batches."""

from datetime import UTC, datetime
from typing import Any

from ocr_pipeline.storage.batch_statistics import BatchStatistics
from ocr_pipeline.storage.ledger_rows import Lane

GOOD = BatchStatistics(
    batch="batch",
    tenant="default",
    lane=Lane.BATCH,
    finished_at=datetime(2026, 11, 22, 10, 5, tzinfo=UTC),
    documents=200,
    pages=220,
    accepted=160,
    needs_review=30,
    rejected=10,
    valid=200,
    confidence=0.85,
    with_sums=100,
    reconciled=90,
    duplicates=4,
    filled={"total": 188, "vendor_name": 171, "iban": 0},
    seconds={"ocr_text": 20.0},
    versions={"ocr_text": "v1"},
)


def numbers(**changed: Any) -> BatchStatistics:
    """Of a good batch, but for what is changed."""
    return GOOD._replace(**changed)


def earlier(count: int = 30, **changed: Any) -> list[BatchStatistics]:
    """Good batches, no two quite alike."""
    return [
        numbers(batch=f"earlier {number}", confidence=0.84 + 0.02 * (number % 2), **changed) for number in range(count)
    ]
