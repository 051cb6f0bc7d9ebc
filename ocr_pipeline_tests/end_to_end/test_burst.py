"""Many single files at the same time: each sender gets its own document, and they share a few runs."""

import asyncio
from pathlib import Path

from benchmarks.burst import post_at_once, receipts
from ocr_pipeline_tests.running_stack import RunningStack

COUNT = 40


def test_a_burst_of_single_files_is_a_handful_of_runs(running: RunningStack, tmp_path: Path) -> None:
    running.wait_until_running()
    files = receipts(tmp_path, seed=61, count=COUNT)

    answers = asyncio.run(post_at_once(running.environment["OCR_API_URL"], running.token, files))

    assert {answer.status for answer in answers} <= {200, 202}
    assert [answer.outcome.file for answer in answers] == [file.name for file in files]
    ids = [answer.outcome.id for answer in answers]
    rows = running.rows("SELECT document_id FROM documents WHERE document_id = ANY(:ids)", ids=ids)
    assert sorted(row["document_id"] for row in rows) == sorted(set(ids))
    assert len(set(ids)) == COUNT
    batches = running.rows("SELECT DISTINCT batch FROM ledger WHERE id = ANY(:ids)", ids=ids)
    assert len(batches) <= COUNT / 5
