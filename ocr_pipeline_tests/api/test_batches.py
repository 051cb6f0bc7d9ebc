import subprocess
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, event

from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.results import open_results
from ocr_pipeline.tokens import READ, WRITE, create_token
from ocr_pipeline_tests.api.conftest import SECRET
from ocr_pipeline_tests.api.finishing import finish
from ocr_pipeline_tests.api.servers import StandInDagster
from ocr_pipeline_tests.conftest import Services

EMPTY = Rejection.of(ErrorCode.EMPTY_FILE)


def send(api: httpx.Client, *names: str, **headers: str) -> dict[str, str]:
    """The batch's key and location."""
    files = [("files", (name, name.encode())) for name in names or ("a.jpg", "b.jpg")]
    response = api.post("/batch", files=files, headers=headers)
    assert response.status_code == 202, response.text
    return {name: response.json()[name] for name in ("batch", "location")}


def as_tenant(api: httpx.Client, tenant: str) -> dict[str, str]:
    token = create_token("somebody", [READ, WRITE], timedelta(minutes=5), SECRET, tenant=tenant)
    return {"Authorization": f"Bearer {token}"}


def test_seed_curl_command_enters_one_batch(
    api: httpx.Client, token: str, ledger: Ledger, dagster: StandInDagster, tmp_path: Path
) -> None:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(name.encode())
    command = (
        f'curl -sS -i -X POST "{api.base_url}/batch" -H "Authorization: Bearer {token}"'
        ' -F "files=@a.jpg" -F "files=@b.jpg"'
    )
    answer = subprocess.run(command, shell=True, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert answer.startswith("HTTP/1.1 202")
    (batch,) = (tags["dagster/partition"] for tags in dagster.launched)
    assert f"location: /batches/{batch}" in answer.lower().replace(batch.lower(), batch)
    assert [document.file for document in ledger.batch_documents(batch)] == ["a.jpg", "b.jpg"]
    assert dagster.launched[0]["dagster-celery/queue"] == "batch"


@pytest.mark.parametrize("field", ["files", "file"])
def test_documents_are_listed_in_the_order_of_the_upload(api: httpx.Client, field: str) -> None:
    names = [f"{number}.jpg" for number in range(12)]
    response = api.post("/batch", files=[(field, (name, name.encode())) for name in names])
    body = response.json()
    assert response.status_code == 202
    assert [document["file"] for document in body["documents"]] == names
    assert response.headers["Location"] == body["location"] == f"/batches/{body['batch']}"
    for document in body["documents"]:
        assert api.get(f"/documents/{document['id']}").json()["file"] == document["file"]


def test_batch_can_be_followed_to_its_end(api: httpx.Client, ledger: Ledger) -> None:
    body = api.post("/batch", files=[("files", (name, b"x")) for name in ("a.jpg", "b.jpg")]).json()
    progress = api.get(body["location"]).json()
    assert progress["batch"] == body["batch"]
    assert (progress["done"], progress["counts"]) == (False, {"waiting": 2})
    assert [document | {"state": "waiting"} for document in body["documents"]] == progress["documents"]
    ledger.start_batch(body["batch"])
    assert api.get(body["location"]).json()["counts"] == {"processing": 2}
    ledger.reject_unfinished(body["batch"], EMPTY, "1")
    progress = api.get(body["location"]).json()
    assert (progress["done"], progress["counts"]) == (True, {"rejected": 2})
    assert [document["error"] for document in progress["documents"]] == ["empty_file"] * 2


def test_progress_of_the_run_is_told_until_it_is_done(api: httpx.Client, settings: Settings) -> None:
    sent = send(api)
    assert api.get(sent["location"]).json()["progress"] is None
    open_results(settings).tell_progress(sent["batch"], "ocr_text", 1, 2)
    assert api.get(sent["location"]).json()["progress"] == {"stage": "ocr_text", "done": 1, "total": 2}
    finish(settings, sent["batch"])
    assert api.get(sent["location"]).json()["progress"] is None


def test_waiting_ends_when_the_batch_is_done(api: httpx.Client, settings: Settings) -> None:
    sent = send(api)
    worker = threading.Thread(target=finish, args=(settings, sent["batch"], EMPTY, 0.5))
    worker.start()
    started = time.monotonic()
    progress = api.get(sent["location"], params={"wait": 25}).json()
    worker.join()
    assert progress["done"]
    assert time.monotonic() - started < 20


def test_waiting_ends_with_how_far_it_is(api: httpx.Client) -> None:
    sent = send(api)
    started = time.monotonic()
    response = api.get(sent["location"], headers={"Prefer": "wait=1"})
    assert not response.json()["done"]
    assert response.headers["Preference-Applied"] == "wait=1"
    assert time.monotonic() - started >= 1


def test_documents_come_in_pages_or_not_at_all(api: httpx.Client) -> None:
    names = [f"{number}.jpg" for number in range(5)]
    sent = send(api, *names)
    bare = api.get(sent["location"], params={"items": False}).json()
    assert (bare["documents"], bare["counts"]) == ([], {"waiting": 5})
    listed = []
    page = f"{sent['location']}?limit=2"
    while page:
        answer = api.get(page).json()
        listed.append([document["file"] for document in answer["documents"]])
        page = answer["next"]
    assert listed == [names[:2], names[2:4], names[4:]]


def test_batches_are_listed_newest_first(api: httpx.Client, settings: Settings, ledger: Ledger) -> None:
    sent = [send(api)["batch"] for _ in range(3)]
    finish(settings, sent[0], EMPTY)
    keys = []
    page = "/batches?limit=2"
    while page:
        answer = api.get(page).json()
        keys.append([batch["batch"] for batch in answer["batches"]])
        page = answer["next"]
    assert [len(some) for some in keys] == [2, 1]
    assert [key for some in keys for key in some] == sorted(sent, reverse=True)
    by_key = {batch["batch"]: batch for batch in api.get("/batches").json()["batches"]}
    assert (by_key[sent[0]]["done"], by_key[sent[0]]["counts"]) == (True, {"rejected": 2})
    assert (by_key[sent[1]]["done"], by_key[sent[1]]["counts"]) == (False, {"waiting": 2})


def test_another_tenants_batch_is_not_there(api: httpx.Client) -> None:
    location = send(api)["location"]
    stranger = as_tenant(api, "stranger")
    for path in ("", "/events", "/results"):
        assert api.get(location + path, headers=stranger).status_code == 404
    for path in ("/cancel", "/rerun"):
        assert api.post(location + path, headers=stranger).status_code == 404
    assert api.get("/batches", headers=stranger).json()["batches"] == []
    assert api.get(location).json()["counts"] == {"waiting": 2}


def test_repeated_request_is_answered_with_the_same_batch(api: httpx.Client, dagster: StandInDagster) -> None:
    first, again = (
        api.post("/batch", files=[("files", ("a.jpg", b"x"))], headers={"Idempotency-Key": "one"}) for _ in range(2)
    )
    assert again.json() == first.json()
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert again.headers["Location"] == first.headers["Location"]
    assert len(dagster.launched) == 1
    other = api.post("/batch", files=[("files", ("a.jpg", b"y"))], headers={"Idempotency-Key": "one"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_options_and_request_id_go_with_the_documents(
    api: httpx.Client, ledger: Ledger, dagster: StandInDagster
) -> None:
    files = [("files", (name, b"x")) for name in ("a.jpg", "b.jpg")]
    response = api.post("/batch?pages=1-2&kind=invoice", files=files, headers={"X-Request-ID": "request-7"})
    batch = response.json()["batch"]
    assert dagster.launched[-1]["ocr-request/request-7"] == batch
    for document in ledger.batch_documents(batch):
        assert (document.options.pages, document.options.kind) == ("1-2", "invoice")
    assert api.post("/batch?pages=0", files=files).status_code == 422


def test_batch_is_entered_while_nothing_takes_runs(api: httpx.Client, ledger: Ledger, dagster: StandInDagster) -> None:
    dagster.run = {"__typename": "PythonError", "message": "away"}
    batch = send(api)["batch"]
    assert [taken.key for taken in ledger.take_unfinished_batches(1000)] == [batch]


def test_more_files_than_allowed_are_refused_and_nothing_is_entered(
    serve: Callable[..., httpx.Client], dagster: StandInDagster
) -> None:
    response = serve(max_files=2).post("/batch", files=[("files", ("a.jpg", b"x"))] * 3)
    assert response.status_code == 413
    assert response.json()["code"] == "too_many_files"
    assert not dagster.launched


def test_unknown_batch_is_not_found(api: httpx.Client) -> None:
    response = api.get("/batches/2026-11-22T10-05-00Z_4c1d22")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(("path", "most"), [("", 3), ("?items=false", 2)])
def test_following_500_documents_takes_as_few_queries_as_following_one(
    api: httpx.Client, services: Services, ledger: Ledger, path: str, most: int
) -> None:
    arrivals = [Arrival(file=f"{number}.jpg", object_key=f"{number}", etag="e", size=1) for number in range(500)]
    batch, _ = ledger.register_batch(arrivals)
    engine = services.engine
    with counted(engine) as statements:
        answer = api.get(f"/batches/{batch}{path}").json()
    assert answer["counts"] == {"waiting": 500}
    assert len([statement for statement in statements if "batch" in statement]) == most


class counted:  # noqa: N801 - used like a function
    """The statements that an engine executes meanwhile."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._statements: list[str] = []

    def _note(self, _: object, __: object, statement: str, *___: object) -> None:
        self._statements.append(statement)

    def __enter__(self) -> list[str]:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self._statements

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)
