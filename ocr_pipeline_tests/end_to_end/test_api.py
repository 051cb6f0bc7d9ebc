"""Single files and batches through the API, with real runs behind it."""

import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from ocr_pipeline.samples.bad import bad_files
from ocr_pipeline.samples.generate import Sample, generate
from ocr_pipeline_tests.running_stack import RunningStack, wait_for


@pytest.fixture
def sample(tmp_path: Path, request: pytest.FixtureRequest) -> Sample:
    """A receipt that no other test has sent."""
    seed = sum(map(ord, request.node.name))
    return generate(tmp_path, seed=seed, count=1)[0]


def test_the_curl_command_of_the_readme_answers_with_the_record(running: RunningStack, sample: Sample) -> None:
    url = f"{running.environment['OCR_API_URL']}/ocr"
    command = ["curl", "-s", "-X", "POST", url, "-H", f"Authorization: Bearer {running.token}"]
    answer = subprocess.run(
        [*command, "-F", f"file=@{sample.path}"], capture_output=True, text=True, check=True, timeout=60
    )

    outcome = httpx.Response(200, text=answer.stdout).json()
    assert outcome["state"] in {"accepted", "needs_review"}
    assert outcome["fields"]["total"] == sample.fields["total"]
    assert outcome["evidence"]["total"]["page"] == 1
    assert outcome["evidence"]["total"]["words"]


def test_a_result_that_redis_forgot_comes_from_postgres(running: RunningStack, sample: Sample) -> None:
    outcome = _post(running, sample.path).json()
    with redis.Redis.from_url(running.settings.redis_url.get_secret_value()) as client:
        (key,) = client.scan_iter(f"*{outcome['id']}*")
        client.delete(key)

    assert running.api.get(f"/documents/{outcome['id']}").json() == outcome


def test_a_bad_file_is_a_rejected_document_with_advice(running: RunningStack, tmp_path: Path) -> None:
    encrypted = next(bad for bad in bad_files(tmp_path) if bad.code == "encrypted_pdf")

    answer = running.api.post("/ocr", files={"file": (encrypted.path.name, encrypted.path.read_bytes())})

    assert (answer.status_code, answer.json()["code"]) == (422, "encrypted_pdf")
    assert "Remove the password" in answer.json()["advice"]
    document = running.api.get(answer.headers["Location"]).json()
    assert (document["state"], document["error"]["code"]) == ("rejected", "encrypted_pdf")


def test_a_batch_of_files_is_done_together(running: RunningStack, tmp_path: Path) -> None:
    samples = generate(tmp_path, seed=31, count=3)
    files = [("files", (sample.path.name, sample.path.read_bytes())) for sample in samples]
    answer = running.api.post("/batch", files=files)
    assert answer.status_code == 202

    def done() -> dict[str, Any] | None:
        batch = running.api.get(answer.json()["location"]).json()
        return batch if batch["done"] else None

    batch = wait_for(done, 90, lambda: running.api.get(answer.json()["location"]).text)
    assert [document["file"] for document in batch["documents"]] == [sample.path.name for sample in samples]
    assert {document["state"] for document in batch["documents"]} <= {"accepted", "needs_review"}


def test_ready_while_all_runs(running: RunningStack) -> None:
    assert running.api.get("/ready").status_code == 200


def _post(running: RunningStack, path: Path) -> httpx.Response:
    answer = running.api.post("/ocr", files={"file": (path.name, path.read_bytes())})
    assert answer.status_code == 200, answer.text
    return answer
