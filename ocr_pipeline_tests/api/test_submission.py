"""The same file again."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.objects import open_store
from ocr_pipeline_tests.api import finishing
from ocr_pipeline_tests.api.servers import StandInDagster

pytestmark = pytest.mark.usefixtures("ledger")
UPLOAD = {"file": ("receipt.jpg", b"some picture")}


@pytest.fixture
def finish(settings: Settings) -> Callable[..., None]:
    return partial(finishing.finish, settings)


def test_finished_outcome_is_reused_and_says_so(
    api: httpx.Client, settings: Settings, dagster: StandInDagster, finish: Callable[..., None]
) -> None:
    dagster.on_launch = finish
    first = api.post("/ocr", files=UPLOAD)
    assert (first.json()["reused"], first.headers.get("OCR-Reused")) == (False, None)
    again = api.post("/ocr", files={"file": ("another name.jpg", UPLOAD["file"][1])})
    assert again.status_code == 200
    assert again.json() == first.json() | {"reused": True}
    assert again.headers["OCR-Reused"] == "true"
    assert len(dagster.launched) == 1
    assert Outcome.model_validate_json(api.get(f"/documents/{first.json()['id']}").content).reused is False


@pytest.mark.parametrize(
    "params", [{"reuse": "false"}, {"language": "de"}, {"pages": "1-2"}, {"kind": "invoice"}, {"engine": "easyocr"}]
)
def test_other_wishes_make_another_document(
    api: httpx.Client, dagster: StandInDagster, finish: Callable[..., None], params: dict[str, Any]
) -> None:
    dagster.on_launch = finish
    first = api.post("/ocr", files=UPLOAD).json()
    other = api.post("/ocr", files=UPLOAD, params=params).json()
    assert other["id"] != first["id"]
    assert other["reused"] is False


def test_outcome_of_another_version_is_not_reused(
    api: httpx.Client, dagster: StandInDagster, finish: Callable[..., None]
) -> None:
    dagster.on_launch = partial(finish, ocr_text="of last year")
    first = api.post("/ocr", files=UPLOAD).json()
    assert api.post("/ocr", files=UPLOAD).json()["id"] != first["id"]


def test_bad_file_is_bad_again(api: httpx.Client, dagster: StandInDagster, finish: Callable[..., None]) -> None:
    dagster.on_launch = lambda batch: finish(batch, Rejection.of(ErrorCode.TRUNCATED_FILE))
    first, again = (api.post("/ocr", files=UPLOAD) for _ in range(2))
    assert (first.status_code, again.status_code) == (422, 422)
    assert again.json()["document_id"] == first.json()["document_id"]
    assert again.headers["OCR-Reused"] == "true"
    assert len(dagster.launched) == 1


def test_what_failed_for_now_is_tried_again(
    api: httpx.Client, dagster: StandInDagster, finish: Callable[..., None]
) -> None:
    failure = Rejection.of(ErrorCode.PROCESSING_FAILED, stage="ocr_text", detail="the worker died")
    dagster.on_launch = lambda batch: finish(batch, failure)
    assert api.post("/ocr", files=UPLOAD).status_code == 500
    dagster.on_launch = finish
    assert api.post("/ocr", files=UPLOAD).json()["reused"] is False


def test_file_on_its_way_is_waited_for_together(
    api: httpx.Client, settings: Settings, dagster: StandInDagster, finish: Callable[..., None]
) -> None:
    pending = api.post("/ocr", files=UPLOAD, params={"wait": 0}).json()
    again = api.post("/ocr", files=UPLOAD, params={"wait": 0})
    assert (again.status_code, again.headers["OCR-Reused"]) == (202, "true")
    assert (again.json()["id"], again.json()["reused"], again.json()["state"]) == (pending["id"], True, "waiting")
    thread = threading.Thread(target=finish, args=(pending["batch"],), kwargs={"after": 0.3})
    thread.start()
    start = time.monotonic()
    joined = api.post("/ocr", files=UPLOAD)
    thread.join()
    assert (joined.status_code, joined.json()["id"], joined.json()["reused"]) == (200, pending["id"], True)
    assert time.monotonic() - start < 5
    assert len(list(open_store(settings).list("uploads/"))) >= 1


def test_same_file_at_the_same_time_is_one_document(
    serve: Callable[..., httpx.Client], settings: Settings, ledger: Ledger
) -> None:
    apis = [serve(), serve()]
    store = open_store(settings)
    before = {stored.key for stored in store.list("uploads/")}
    answers: list[httpx.Response] = []

    def send(api: httpx.Client) -> None:
        answers.append(api.post("/ocr", files={"file": ("a.jpg", b"at the same time")}, params={"wait": 0}))

    threads = [threading.Thread(target=send, args=(apis[number % 2],)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len([answer for answer in answers if not answer.json()["reused"]]) == 1
    assert len({stored.key for stored in store.list("uploads/")} - before) == 1, "no copy is left over"
