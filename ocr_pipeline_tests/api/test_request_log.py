import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline_tests.api.test_health import AWAY

Lines = Callable[[int], list[dict[str, Any]]]


@pytest.fixture
def api(serve: Callable[..., httpx.Client]) -> httpx.Client:
    """A new one a test: each reads all lines that were written."""
    return serve()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """Waits for so many lines, for they are written after the answers are sent; then there are no more."""

    def read(count: int) -> list[dict[str, Any]]:
        text, end = "", time.monotonic() + 10
        while text.count("\n") < count and time.monotonic() < end:
            text += capsys.readouterr().out
        found = [json.loads(line) for line in (text + capsys.readouterr().out).splitlines()]
        assert len(found) == count
        return found

    return read


def test_each_request_is_one_line(api: httpx.Client, token: str, lines: Lines) -> None:
    api.get("/documents/some-id", params={"secret": "hush"}, headers={"X-Request-ID": "from-the-client"})
    (line,) = lines(1)
    assert line.pop("time").endswith("Z")
    assert 0 < line.pop("seconds") < 10
    assert line.pop("subject") == "test_each_request_is_one_line"
    assert line == {
        "level": "info",
        "event": "request",
        "request_id": "from-the-client",
        "method": "GET",
        "route": "/documents/{document_id}",
        "path": "/documents/some-id",
        "status": 404,
        "tenant": "default",
        "document": "some-id",
    }
    api.get("/batches/some-batch")
    api.get(f"/nowhere?token={token}", headers={"Authorization": "Bearer nonsense"})
    known, unknown = lines(2)
    assert known["batch"] == "some-batch"
    assert (unknown["status"], unknown["route"], unknown["subject"]) == (401, None, None)
    assert token not in json.dumps(unknown)


def test_line_of_an_upload_names_what_was_entered(api: httpx.Client, lines: Lines) -> None:
    document = api.post("/ocr", files={"file": b"x"}, params={"wait": 0}).json()["id"]
    batch = api.post("/batch", files={"files": b"x"}).json()["batch"]
    api.get("/nowhere")
    found = [(line.get("document"), line.get("batch")) for line in lines(3)]
    assert found == [(document, None), (None, batch), (None, None)]


def test_fault_of_ours_is_an_error_in_the_log(api: httpx.Client, monkeypatch: pytest.MonkeyPatch, lines: Lines) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Ledger, "document", fail)
    response = api.get("/documents/x")
    (line,) = lines(1)
    assert (line["status"], line["level"]) == (500, "error")
    assert response.json()["request_id"] == response.headers["X-Request-ID"] == line["request_id"]


def test_service_that_is_away_is_told_apart_from_a_fault(serve: Callable[..., httpx.Client], lines: Lines) -> None:
    serve(**AWAY["Redis"]).get("/documents/x")
    assert [line["status"] for line in lines(1)] == [503]


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, "naïve", '{"a": 1}', "a\tb"])
def test_request_id_that_might_do_harm_is_replaced(api: httpx.Client, sent: str) -> None:
    answers = [api.get("/nowhere", headers=[(b"X-Request-ID", sent.encode())]) for _ in range(2)]
    ids = [answer.headers["X-Request-ID"] for answer in answers]
    assert [answer.json()["request_id"] for answer in answers] == ids
    assert len({sent, *ids}) == 3
    assert all(len(id_) == 32 for id_ in ids)
