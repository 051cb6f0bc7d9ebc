import hashlib
import subprocess
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import jwt
import pytest
import redis
from sqlalchemy import func, update

from ocr_pipeline.documents.model import Rejection, State, Verdict
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.objects import open_store
from ocr_pipeline.storage.results import WaitingResults
from ocr_pipeline.storage.run_queue import RunQueue
from ocr_pipeline_tests.api import finishing
from ocr_pipeline_tests.api.conftest import SECRET
from ocr_pipeline_tests.api.finishing import VERDICT
from ocr_pipeline_tests.api.servers import StandInDagster

pytestmark = pytest.mark.usefixtures("ledger")
UPLOAD = {"file": ("receipt.jpg", b"not really a picture")}


@pytest.fixture
def finish(settings: Settings, ledger: Ledger) -> Callable[..., None]:
    """Does for a batch what the pipeline does."""
    return partial(finishing.finish, settings)


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


@pytest.mark.parametrize(
    ("rejection", "status"),
    [
        (Rejection.of(ErrorCode.UNSUPPORTED_TYPE, found="a ZIP archive"), 415),
        (Rejection.of(ErrorCode.TOO_MANY_PAGES, pages=501, limit=500), 413),
        (Rejection.of(ErrorCode.TRUNCATED_FILE), 422),
        (Rejection.of(ErrorCode.CANCELLED), 409),
        (Rejection.of(ErrorCode.PROCESSING_FAILED, stage="ocr_text", detail="the worker died"), 500),
    ],
    ids=lambda value: value.code if isinstance(value, Rejection) else str(value),
)
def test_bad_file_is_refused_with_what_is_wrong_and_its_document_stays(
    api: httpx.Client, dagster: StandInDagster, finish: Callable[..., None], rejection: Rejection, status: int
) -> None:
    dagster.on_launch = lambda batch: finish(batch, rejection)
    response = api.post("/ocr", files=UPLOAD)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert (problem["code"], problem["status"], problem["retryable"]) == (rejection.code, status, rejection.retryable)
    assert (problem["detail"], problem["advice"]) == (rejection.message, rejection.advice)
    assert response.headers["Location"] == f"/documents/{problem['document_id']}"
    document = api.get(response.headers["Location"])
    assert document.status_code == 200
    assert document.json()["state"] == "rejected"
    assert document.json()["error"]["code"] == rejection.code


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
    assert document.sha256 == hashlib.sha256(b"content").hexdigest()
    assert dagster.launched == [
        {
            "dagster/partition": batch,
            "dagster-celery/queue": "interactive",
            f"ocr-request/{response.headers['X-Request-ID']}": document.id,
        }
    ]
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
    preferring = api.post("/ocr", files=UPLOAD, headers={"Prefer": "respond-async, wait=25"})
    assert (preferring.status_code, preferring.headers["Preference-Applied"]) == (202, "wait=0.2")
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
    sent = serve().post("/ocr", files=UPLOAD)
    location = sent.headers.get("Location") or f"/documents/{sent.json()['id']}"
    answer = serve().get(location).content
    redis_url = settings.redis_url.get_secret_value()
    with redis.Redis.from_url(redis_url) as client:
        (key,) = client.keys(f"ocr:result:*{location.rpartition('/')[2]}")
        client.delete(key)
        assert serve().get(location).content == answer
        assert client.get(key) == answer, "and it is in Redis again"


def test_outcome_says_until_when_it_is_served_and_is_gone_then(
    serve: Callable[..., httpx.Client], settings: Settings, dagster: StandInDagster
) -> None:
    brief = settings.model_copy(update={"result_seconds": 2})
    dagster.on_launch = partial(finishing.finish, brief)
    api = serve(result_seconds=2)
    outcome = api.post("/ocr", files=UPLOAD).json()
    location = f"/documents/{outcome['id']}"
    left = datetime.fromisoformat(outcome["expires_at"]) - datetime.now(UTC)
    assert 0 < left.total_seconds() <= 2
    assert api.get(location).json() == outcome
    time.sleep(left.total_seconds() + 0.1)
    gone = api.get(location)
    assert (gone.status_code, gone.json()["code"]) == (410, "gone")
    # What is gone answers for nothing any more.
    assert api.post("/ocr", files=UPLOAD).json()["id"] != outcome["id"]


def test_erased_document_is_gone(
    api: httpx.Client, settings: Settings, dagster: StandInDagster, finish: Callable[..., None]
) -> None:
    response = api.post("/ocr", files=UPLOAD, params={"wait": 0})
    with get_engine(settings.database_url.get_secret_value()).begin() as connection:
        mine = schema.ledger.c.id == response.json()["id"]
        connection.execute(update(schema.ledger).where(mine).values(erased_at=func.now()))
    assert api.get(response.headers["Location"]).status_code == 410


def test_another_tenants_document_is_not_found(
    api: httpx.Client, token: str, dagster: StandInDagster, finish: Callable[..., None]
) -> None:
    dagster.on_launch = finish
    finished = api.post("/ocr", files=UPLOAD).json()["id"]
    dagster.on_launch = lambda _: None
    waiting = api.post("/ocr", files=UPLOAD, params={"wait": 0, "reuse": False}).json()["id"]
    claims = jwt.decode(token, options={"verify_signature": False})
    other = jwt.encode(claims | {"tenant": "other"}, SECRET, algorithm="HS256")
    for id_ in (finished, waiting):
        assert api.get(f"/documents/{id_}").status_code == 200
        response = api.get(f"/documents/{id_}", headers={"Authorization": f"Bearer {other}"})
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_document_can_be_waited_for(api: httpx.Client, settings: Settings, finish: Callable[..., None]) -> None:
    body = api.post("/ocr", files=UPLOAD, params={"wait": 0}).json()
    start = time.monotonic()
    vain = api.get(body["location"], params={"wait": 0.3})
    assert (vain.status_code, vain.json()["state"]) == (200, "waiting")
    assert 0.3 <= time.monotonic() - start < 3
    thread = threading.Thread(target=finish, args=(body["batch"], VERDICT, 0.3))
    thread.start()
    start = time.monotonic()
    response = api.get(body["location"], headers={"Prefer": "wait=20"})
    thread.join()
    assert (response.json()["state"], response.headers["Preference-Applied"]) == ("accepted", "wait=20")
    assert time.monotonic() - start < 5


def test_document_stays_entered_when_its_run_cannot_be_launched(
    api: httpx.Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part="Redis")

    monkeypatch.setattr(RunQueue, "send", fail)
    start = time.monotonic()
    response = api.post("/ocr", files=UPLOAD)
    assert response.status_code == 202
    assert time.monotonic() - start < 5, "nothing is waited for"
    assert api.get(response.headers["Location"]).json()["state"] == "waiting"
    assert response.json()["batch"] in [taken.key for taken in ledger.take_unfinished_batches(60, limit=1000)]


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
    assert api.get(response.headers["Location"]).json()["state"] == "waiting"
