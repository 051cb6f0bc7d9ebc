"""SIGKILL for Dagster's daemon, code server and web server, one after the other, in the middle of a backfill."""

from typing import Any

import httpx
import pymupdf

from ocr_pipeline.documents.model import Rejection, State
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline_tests.running_stack import RunningStack, wait_for

COUNT = 20
STAGES = ["raw_images", "normalized_images", "ocr_text", "structured_records", "validated_tables"]

_LAUNCH = """
mutation ($backfill: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $backfill) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on Error { message }
  }
}
"""
_ADD = """
mutation ($batch: String!) {
  addDynamicPartition(
    repositorySelector: {repositoryName: "__repository__", repositoryLocationName: "ocr_pipeline"}
    partitionsDefName: "batches"
    partitionKey: $batch
  ) { __typename }
}
"""
_STATUS = """
query ($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }
"""
_RUNS = """
query ($tag: ExecutionTag!) { runsOrError(filter: {tags: [$tag]}, limit: 1) { ... on Runs { results { id } } } }
"""
_LATEST = """
query ($partition: [String!]) {
  assetNodeOrError(assetKey: {path: ["validated_tables"]}) {
    ... on AssetNode {
      assetMaterializations(partitions: $partition, limit: 1) { runOrError { ... on Run { tags { key value } } } }
    }
  }
}
"""


def test_a_backfill_completes(running: RunningStack) -> None:
    running.wait_until_running()
    batches = _finished_batches(running)

    backfill = _launch(running, batches)
    wait_for(lambda: _has_runs(running, backfill) or None, 60, lambda: _status(running, backfill))
    # One as soon as the other is back: until the daemon looks at it again, the backfill cannot come to its end.
    for program in ("dagster-daemon", "code-server", "dagster-webserver"):
        assert _status(running, backfill) == "REQUESTED", program  # as Dagster calls it until its end
        _kill_until_it_is_back(running, program)
    running.wait_until_running()
    wait_for(lambda: _status(running, backfill) == "COMPLETED_SUCCESS" or None, 120, lambda: _status(running, backfill))

    assert {batch for batch in batches if _backfill_of(running, batch) == backfill} == set(batches)
    documents = [document for batch in batches for document in running.ledger.batch_documents(batch)]
    assert {document.state for document in documents} <= {State.ACCEPTED, State.NEEDS_REVIEW}
    ids = [document.id for document in documents]
    rows = running.rows("SELECT document_id FROM documents WHERE document_id = ANY(:ids)", ids=ids)
    assert sorted(row["document_id"] for row in rows) == sorted(ids)


def _finished_batches(running: RunningStack) -> list[str]:
    """Of one small invoice each, which was given up: only a run of its batch makes something of it."""
    batches = []
    for number in range(COUNT):
        key = f"backfilled/{number}.pdf"
        running.store.put(key, _invoice(number))
        stored = running.store.find(key)
        assert stored is not None
        batch, _ = running.ledger.register_batch([Arrival(key, key, stored.etag, stored.size)])
        running.ledger.reject_unfinished(batch, Rejection.of(ErrorCode.PROCESSING_FAILED, stage="run", detail="-"), "1")
        running.graphql(_ADD, batch=batch)
        batches.append(batch)
    return batches


def _invoice(number: int) -> bytes:
    """With text of its own, so that it is read in no time."""
    lines = [
        "Cafe Gruen GmbH",
        f"Invoice number: RE-{1000 + number}",
        "Date: 2026-11-22",
        f"Total: EUR {10 + number}.50",
    ]
    with pymupdf.open() as document:
        page = document.new_page()
        for row, line in enumerate(lines):
            page.insert_text((72, 100 + 40 * row), line, fontsize=14)
        return bytes(document.tobytes())


def _launch(running: RunningStack, batches: list[str]) -> str:
    backfill = {"assetSelection": [{"path": [stage]} for stage in STAGES], "partitionNames": batches}
    launched = running.graphql(_LAUNCH, backfill=backfill)["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    return str(launched["backfillId"])


def _has_runs(running: RunningStack, backfill: str) -> bool:
    answer = running.graphql(_RUNS, tag={"key": "dagster/backfill", "value": backfill})
    return bool(answer["runsOrError"]["results"])


def _kill_until_it_is_back(running: RunningStack, program: str) -> None:
    killed = running.process(program).pid
    running.kill(program)
    wait_for(
        lambda: running.stack.status().processes[program].pid not in (killed, None, 0) or None, 30, lambda: program
    )


def _status(running: RunningStack, backfill: str) -> str:
    try:
        return str(running.graphql(_STATUS, id=backfill)["partitionBackfillOrError"]["status"])
    except httpx.TransportError:  # the web server is just being started again
        return "no answer"


def _backfill_of(running: RunningStack, batch: str) -> str | None:
    """The backfill whose run materialized the batch last."""
    node = running.graphql(_LATEST, partition=[batch])["assetNodeOrError"]
    tags: list[dict[str, Any]] = node["assetMaterializations"][0]["runOrError"]["tags"]
    return next((tag["value"] for tag in tags if tag["key"] == "dagster/backfill"), None)
