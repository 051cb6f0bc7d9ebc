import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from pydantic import SecretStr

from ocr_pipeline.documents.model import Box, Evidence, Field, Reconciliation, Record, Rejection, State, Verdict
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Finished, Ledger
from ocr_pipeline.storage.objects import open_store
from ocr_pipeline.storage.results import WaitingResults, open_results
from ocr_pipeline.storage.tables import BatchTables, write_batch
from ocr_pipeline_tests.api.servers import StandInDagster, free_port

UPLOAD = {"file": ("receipt.jpg", b"not really a picture")}
VERDICT = Verdict(
    state=State.ACCEPTED,
    confidence=0.9,
    record=Record(
        engine="test",
        kind="receipt",
        fields={
            "total": Field(
                value="12.40", confidence=0.9, evidence=Evidence(page=1, box=Box(1, 2, 3, 4), words=("12.40",))
            )
        },
    ),
    reconciliation=Reconciliation(),
)


@pytest.fixture
def finish(ledger: Ledger, settings: Settings) -> Callable[..., None]:
    """Does for a batch of one what the pipeline does."""

    def finish(batch: str, result: Verdict | Rejection = VERDICT, after: float = 0.0) -> None:
        document = ledger.start_batch(batch)[0]
        time.sleep(after)
        is_rejected = isinstance(result, Rejection)
        state, reason = (State.REJECTED, result) if isinstance(result, Rejection) else (result.state, None)
        row: dict[str, Any] = {"document_id": document.id, "version": "1", "verdict": result.model_dump(mode="json")}
        row |= {"state": state, "confidence": 0.9, "kind": "receipt"}
        finished = [Finished(document.id, state, reason, {"ocr_text": 0.25})]
        write_batch(
            get_engine(settings.database_url.get_secret_value()),
            batch,
            BatchTables([] if is_rejected else [row], [], [], finished, {}),
        )
        outcome = Outcome.of(document.id, document.file, result, {"ocr_text": 0.25})
        open_results(settings).publish([outcome])

    return finish


def test_seed_curl_command_gets_the_outcome(
    api: httpx.Client, token: str, dagster: StandInDagster, finish: Callable[..., None], tmp_path: Path
) -> None:
    dagster.on_launch = finish
    (tmp_path / "receipt.jpg").write_bytes(b"x" * 3_000_000)
    command = f'curl -sS -X POST "{api.base_url}/ocr" -H "Authorization: Bearer {token}" -F "file=@receipt.jpg"'
    answer = subprocess.run(command, shell=True, cwd=tmp_path, check=True, capture_output=True).stdout
    outcome = Outcome.model_validate_json(answer)
    assert outcome.state is State.ACCEPTED
    assert outcome.file == "receipt.jpg"
    assert outcome.fields == {"total": "12.40"}


def test_outcome_that_comes_while_waiting_is_answered_at_once(
    api: httpx.Client, dagster: StandInDagster, finish: Callable[..., None]
) -> None:
    dagster.on_launch = lambda batch: threading.Thread(target=finish, args=(batch, VERDICT, 0.3)).start()
    start = time.monotonic()
    response = api.post("/ocr", files=UPLOAD, params={"wait": 20})
    assert response.status_code == 200
    assert time.monotonic() - start < 3


def test_rejected_document_is_an_outcome_with_its_error(
    api: httpx.Client, dagster: StandInDagster, finish: Callable[..., None]
) -> None:
    dagster.on_launch = lambda batch: finish(batch, Rejection.of(ErrorCode.TRUNCATED_FILE))
    response = api.post("/ocr", files=UPLOAD)
    assert response.status_code == 200
    assert response.json()["state"] == "rejected"
    assert response.json()["error"]["code"] == "truncated_file"


def test_file_is_in_the_bucket_and_the_ledger_and_its_run_is_launched(
    api: httpx.Client, ledger: Ledger, settings: Settings, dagster: StandInDagster
) -> None:
    response = api.post("/ocr", files={"file": ("../My Receipt (1).jpg", b"content")}, params={"wait": 0})
    document = ledger.document(response.json()["id"])
    assert document is not None
    assert document.file == "../My Receipt (1).jpg"
    assert document.object_key.startswith("uploads/")
    assert document.object_key.endswith("/My_Receipt_1_.jpg")
    assert open_store(settings).get(document.object_key) == b"content"
    batch = response.json()["batch"]
    assert dagster.launched == [{"dagster/partition": batch, "dagster-celery/queue": "interactive"}]
    assert batch not in [taken.key for taken in ledger.take_unfinished_batches(60, limit=1000)]


def test_unfinished_document_is_accepted_and_can_be_followed(
    api: httpx.Client, ledger: Ledger, finish: Callable[..., None]
) -> None:
    response = api.post("/ocr", files=UPLOAD, params={"wait": 0.1})
    assert response.status_code == 202
    body = response.json()
    assert body["state"] == "waiting"
    assert response.headers["Location"] == body["location"] == f"/documents/{body['id']}"
    assert api.get(body["location"]).json()["state"] == "waiting"
    ledger.start_batch(body["batch"])
    unfinished = Outcome.model_validate_json(api.get(body["location"]).content)
    assert (unfinished.state, unfinished.file, unfinished.fields) == (State.PROCESSING, "receipt.jpg", {})
    finish(body["batch"])
    assert api.get(body["location"]).json()["state"] == "accepted"


def test_wait_is_cut_to_the_servers_limit(serve: Callable[..., httpx.Client]) -> None:
    api = serve(wait_seconds=0.2)
    start = time.monotonic()
    assert api.post("/ocr", files=UPLOAD, params={"wait": 25}).status_code == 202
    assert api.post("/ocr", files=UPLOAD).status_code == 202
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("result", [VERDICT, Rejection.of(ErrorCode.EMPTY_FILE)], ids=["accepted", "rejected"])
def test_postgres_answers_the_same_after_redis_forgot(
    serve: Callable[..., httpx.Client],
    settings: Settings,
    dagster: StandInDagster,
    finish: Callable[..., None],
    result: Verdict | Rejection,
) -> None:
    dagster.on_launch = lambda batch: finish(batch, result)
    answer = serve().post("/ocr", files=UPLOAD).json()
    location = f"/documents/{answer['id']}"
    assert serve().get(location).json() == answer
    forgetful = settings.redis_url.get_secret_value().replace("/0", "/1")
    assert serve(redis_url=SecretStr(forgetful)).get(location).json() == answer


def test_same_file_again_is_another_document(api: httpx.Client) -> None:
    first, second = (api.post("/ocr", files=UPLOAD, params={"wait": 0}).json() for _ in range(2))
    assert first["id"] != second["id"]
    assert first["batch"] != second["batch"]
    assert api.get(first["location"]).json()["file"] == api.get(second["location"]).json()["file"]


@pytest.mark.parametrize(
    ("partition", "run", "raw"),
    [
        ("PythonError", "PythonError", None),
        ("AddDynamicPartitionSuccess", "PipelineNotFoundError", None),
        ("AddDynamicPartitionSuccess", "LaunchRunSuccess", b"<html>Bad gateway</html>"),
        ("AddDynamicPartitionSuccess", "LaunchRunSuccess", b'{"errors": [{"message": "no such field"}]}'),
    ],
)
def test_document_stays_entered_when_dagster_does_not_take_the_run(
    api: httpx.Client, dagster: StandInDagster, partition: str, run: str, raw: bytes | None
) -> None:
    dagster.partition, dagster.run, dagster.raw = {"__typename": partition}, {"__typename": run}, raw
    response = api.post("/ocr", files=UPLOAD)
    assert response.status_code == 202
    assert api.get(response.headers["Location"]).json()["state"] == "waiting"


def test_document_stays_entered_while_dagster_is_down(serve: Callable[..., httpx.Client], ledger: Ledger) -> None:
    response = serve(dagster_url=f"http://127.0.0.1:{free_port()}").post("/ocr", files=UPLOAD)
    assert response.status_code == 202
    assert response.json()["batch"] in [taken.key for taken in ledger.take_unfinished_batches(60, limit=1000)]


def test_partition_that_exists_is_used(api: httpx.Client, dagster: StandInDagster, finish: Callable[..., None]) -> None:
    dagster.partition = {"__typename": "DuplicateDynamicPartitionError"}
    dagster.on_launch = finish
    assert api.post("/ocr", files=UPLOAD).status_code == 200


@pytest.mark.parametrize("document_id", ["019bfc3e-5a2f-7c11-9d0e-3b6f0a4c1d22", "nonsense"])
def test_unknown_document_is_not_found(api: httpx.Client, document_id: str) -> None:
    response = api.get(f"/documents/{document_id}")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
    assert document_id in response.json()["detail"]


def test_document_stays_entered_when_redis_fails_during_the_wait(
    api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(WaitingResults, "wait", fail)
    response = api.post("/ocr", files=UPLOAD)
    assert response.status_code == 202
    assert api.get(response.headers["Location"]).status_code == 200
