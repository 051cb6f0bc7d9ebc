from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.batches.schemas import KeyList
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.objects import ObjectStore, open_store
from ocr_pipeline_tests.api.servers import StandInDagster
from ocr_pipeline_tests.api.test_batches import as_tenant

MINE = "imports/default/2026/a b+ü%20.jpg"
OTHERS = "imports/stranger/secret.jpg"


@pytest.fixture
def store(settings: Settings) -> ObjectStore:
    store = open_store(settings)
    store.put(MINE, b"mine")
    store.put(OTHERS, b"secret")
    return store


def test_files_in_the_bucket_are_copied_and_read(
    api: httpx.Client, store: ObjectStore, ledger: Ledger, dagster: StandInDagster
) -> None:
    response = api.post("/batch", json={"keys": [MINE]})
    body = response.json()
    assert response.status_code == 202
    assert body["documents"][0] | {"id": ""} == {"id": "", "file": "2026/a b+ü%20.jpg", "error": None}
    assert [tags["dagster/partition"] for tags in dagster.launched] == [body["batch"]]
    (document,) = ledger.batch_documents(body["batch"])
    assert document.object_key.startswith("uploads/")
    store.put(MINE, b"changed")
    assert store.get(document.object_key, document.etag) == b"mine"


def test_what_is_not_there_harms_no_other_file(
    serve: Callable[..., httpx.Client], store: ObjectStore, ledger: Ledger
) -> None:
    store.put("imports/default/large.jpg", b"x" * 11)
    keys = [MINE, OTHERS, "imports/default/none.jpg", "imports/default/large.jpg"]
    body = serve(max_file_bytes=10).post("/batch", json={"keys": keys}).json()
    errors = [document["error"] for document in body["documents"]]
    assert errors == [None, "file_missing", "file_missing", "file_too_large"]
    documents = ledger.batch_documents(body["batch"])
    assert [document.id for document in documents] == [document["id"] for document in body["documents"]]
    # Nothing is found by what intake looks for.
    assert [store.get(document.object_key, document.etag) for document in documents] == [b"mine", None, None, None]


def test_missing_files_can_be_named_again(api: httpx.Client, store: ObjectStore) -> None:
    for _ in range(2):
        assert api.post("/batch", json={"keys": ["imports/default/none.jpg"]}).status_code == 202


def test_a_tenant_has_a_folder_of_its_own(api: httpx.Client, store: ObjectStore) -> None:
    body = api.post("/batch", json={"keys": [OTHERS, MINE]}, headers=as_tenant(api, "stranger")).json()
    assert [document["error"] for document in body["documents"]] == [None, "file_missing"]


def test_repeated_request_says_the_same(api: httpx.Client, store: ObjectStore, dagster: StandInDagster) -> None:
    for _ in range(2):
        answer = api.post("/batch", json={"keys": [MINE]}, headers={"Idempotency-Key": "keys"})
        assert answer.status_code == 202
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert len(dagster.launched) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"keys": []},
        {"keys": [MINE, MINE]},
        {"keys": [1]},
        {"keys": ["inbox/a.jpg"]},
        {"keys": ["imports/default/"]},
        {"keys": ["imports/default/../stranger/secret.jpg"]},
        {"keys": ["imports/default//a.jpg"]},
        {"keys": ["imports/default/a\x00.jpg"]},
        {"keys": [MINE], "more": 1},
    ],
)
def test_other_keys_are_refused(api: httpx.Client, body: Any, dagster: StandInDagster) -> None:
    response = api.post("/batch", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert not dagster.launched


def test_more_keys_than_allowed_are_refused(serve: Callable[..., httpx.Client]) -> None:
    response = serve(max_files=1).post("/batch", json={"keys": [MINE, OTHERS]})
    assert (response.status_code, response.json()["code"]) == (413, "too_many_files")


@given(st.lists(st.text(alphabet="a./\\\x00-\n", max_size=6), max_size=4))
def test_no_key_leads_out_of_its_folder(parts: list[str]) -> None:
    key = "/".join(["imports", "a", *parts])
    try:
        KeyList(keys=[key])
    except ValidationError:
        return
    assert not {"", ".", ".."} & set(key.split("/"))
    assert len(key.split("/")) > 2
