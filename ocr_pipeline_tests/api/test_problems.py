import logging
from typing import Any

import httpx
import pytest

from api.schemas import Problem
from ocr_pipeline.storage.ledger import Ledger


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "not_found"), ("DELETE", "/ocr", 405, "invalid_request")],
)
def test_unknown_path_and_method_are_problems(
    api: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    response = api.request(method, path)
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = Problem.model_validate_json(response.content)
    assert (response.status_code, problem.status, problem.code) == (status, status, code)
    assert (problem.category, problem.request_id) == ("request", response.headers["X-Request-ID"])
    assert path in problem.detail
    assert problem.type == f"urn:ocr-pipeline:problem:{code}"
    assert response.headers.get("Allow") == ("POST" if status == 405 else None)


@pytest.mark.parametrize("document_id", ["%00", "a b", "x" * 65])
def test_impossible_id_is_invalid(api: httpx.Client, document_id: str) -> None:
    response = api.get(f"/documents/{document_id}")
    assert response.status_code == 422
    assert "`document_id`" in response.json()["detail"]


def test_fault_of_ours_shows_no_trace_to_the_client(
    api: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("the secret cause")

    monkeypatch.setattr(Ledger, "document", fail)
    with caplog.at_level(logging.ERROR):
        response = api.get("/documents/x", headers={"X-Request-ID": "find-me"})
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["code"], body["request_id"]) == (500, "internal_error", "find-me")
    assert "secret cause" not in response.text
    assert "Traceback" not in response.text
