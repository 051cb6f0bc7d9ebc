from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import EndpointConnectionError

from api.submission import idempotency
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline_tests.api import finishing
from ocr_pipeline_tests.api.servers import StandInDagster

pytestmark = pytest.mark.usefixtures("ledger")
NEW = {"wait": 0, "reuse": False}


@pytest.fixture
def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def upload(content: bytes = b"some picture") -> dict[str, Any]:
    return {"file": ("receipt.jpg", content)}


def test_repeated_request_has_the_same_document(
    serve: Callable[..., httpx.Client], settings: Settings, dagster: StandInDagster, key: dict[str, str]
) -> None:
    first = serve().post("/ocr", files=upload(), params=NEW, headers=key)
    assert "Idempotent-Replayed" not in first.headers
    again = serve().post("/ocr", files=upload(), params=NEW, headers=key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (202, "true")
    assert again.json()["id"] == first.json()["id"]
    finishing.finish(settings, first.json()["batch"])
    finished = serve().post("/ocr", files=upload(), params=NEW, headers=key)
    assert (finished.status_code, finished.json()["id"]) == (200, first.json()["id"])
    assert finished.json()["reused"] is False
    assert len(dagster.launched) == 1


@pytest.mark.parametrize(
    "other",
    [{"files": upload(b"another")}, {"params": NEW | {"language": "de"}}, {"params": NEW | {"reuse": True}}],
    ids=["file", "option", "reuse"],
)
def test_another_request_under_the_same_key_is_refused(
    api: httpx.Client, key: dict[str, str], other: dict[str, Any]
) -> None:
    assert api.post("/ocr", files=upload(), params=NEW, headers=key).status_code == 202
    refused = api.post("/ocr", **({"files": upload(), "params": NEW} | other), headers=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")


def test_how_long_it_waits_makes_no_other_request(api: httpx.Client, key: dict[str, str]) -> None:
    first, again = (
        api.post("/ocr", files=upload(), params={"wait": wait}, headers=key).json()["id"] for wait in (0, 0.1)
    )
    assert first == again


def test_reused_document_is_what_the_key_stands_for(
    api: httpx.Client, settings: Settings, dagster: StandInDagster, key: dict[str, str]
) -> None:
    dagster.on_launch = partial(finishing.finish, settings)
    known = api.post("/ocr", files=upload()).json()["id"]
    assert api.post("/ocr", files=upload(), headers=key).json()["id"] == known
    repeated = api.post("/ocr", files=upload(), headers=key)
    assert (repeated.json()["id"], repeated.headers["Idempotent-Replayed"]) == (known, "true")


def test_key_of_a_request_that_failed_is_free_again(
    api: httpx.Client, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://s3")

    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "upload", fail)
        assert api.post("/ocr", files=upload(), params=NEW, headers=key).status_code == 503
    assert api.post("/ocr", files=upload(), params=NEW, headers=key).status_code == 202


@pytest.mark.parametrize("bad", [b"", "ö".encode(), b"a b", b"x" * 256])
def test_key_has_visible_characters_alone(api: httpx.Client, bad: bytes) -> None:
    refused = api.post("/ocr", files=upload(), headers={b"Idempotency-Key": bad})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert "Idempotency-Key" in refused.json()["detail"]


def test_digest_tells_requests_apart() -> None:
    parts = ("POST /ocr", "sha", {"language": None}, None, True)
    assert idempotency.digest(*parts) == idempotency.digest(*parts)
    assert len({idempotency.digest(*parts[:count]) for count in range(6)}) == 6
