from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from ocr_pipeline_tests.api.servers import free_port

PORT = free_port()
AWAY: dict[str, dict[str, Any]] = {
    "Postgres": {"database_url": SecretStr(f"postgresql+psycopg2://postgres@127.0.0.1:{PORT}/none")},
    "Redis": {"redis_url": SecretStr(f"redis://127.0.0.1:{PORT}/0")},
    "S3": {"s3_endpoint": f"http://127.0.0.1:{PORT}"},
    "Dagster": {"dagster_url": f"http://127.0.0.1:{PORT}"},
}


def test_healthy_and_ready_without_a_token(api: httpx.Client) -> None:
    del api.headers["Authorization"]
    assert api.get("/health").json() == {"status": "ok"}
    ready = api.get("/ready")
    parts = dict.fromkeys(AWAY, "ok")
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", "parts": parts})


@pytest.mark.parametrize("part", AWAY)
def test_missing_part_is_named(serve: Callable[..., httpx.Client], part: str) -> None:
    api = serve(**AWAY[part])
    assert api.get("/health").status_code == 200
    response = api.get("/ready")
    assert response.status_code == 503
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["detail"] == f"{part} cannot be reached."
    assert response.json()["parts"] == dict.fromkeys(AWAY, "ok") | {part: "away"}


def test_all_missing_parts_are_named(serve: Callable[..., httpx.Client]) -> None:
    api = serve(**{name: value for changes in AWAY.values() for name, value in changes.items()})
    assert api.get("/ready").json()["detail"] == "Postgres, Redis, S3, Dagster cannot be reached."


@pytest.mark.parametrize("part", ["Postgres", "Redis", "S3"])
def test_request_that_needs_a_missing_part_says_so(serve: Callable[..., httpx.Client], part: str) -> None:
    response = serve(**AWAY[part]).post("/ocr", files={"file": ("a.jpg", uuid4().bytes)})
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    problem = response.json()
    assert (problem["code"], problem["retryable"]) == ("service_unavailable", True)
    assert problem["detail"] == f"{part} cannot be reached."
