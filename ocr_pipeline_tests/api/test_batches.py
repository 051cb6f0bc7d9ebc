import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline_tests.api.servers import StandInDagster


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
    ledger.reject_unfinished(body["batch"], Rejection.of(ErrorCode.EMPTY_FILE), "1")
    progress = api.get(body["location"]).json()
    assert (progress["done"], progress["counts"]) == (True, {"rejected": 2})


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
