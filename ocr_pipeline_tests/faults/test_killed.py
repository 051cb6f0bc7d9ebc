"""SIGKILL for one program in the middle of a batch: no document is lost, none is doubled.

Worker, Redis, API and Postgres are killed in `test_killed_one_after_the_other`.
"""

from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from ocr_pipeline.documents.model import DocumentText, State
from ocr_pipeline.samples.generate import generate
from ocr_pipeline.storage.stage_outputs import StageOutputs
from ocr_pipeline.versions import stage_versions
from ocr_pipeline_tests.running_stack import RunningStack, wait_for


@pytest.mark.parametrize(("program", "seed"), [("dagster-daemon", 42), ("s3", 45), ("code-server", 46)])
def test_every_document_is_finished_once(running: RunningStack, tmp_path: Path, program: str, seed: int) -> None:
    running.wait_until_running()
    samples = generate(tmp_path, seed=seed, count=10)
    keys = running.drop(f"killed-{program}", {sample.path.name: sample.path.read_bytes() for sample in samples})
    _wait_for_work(running, keys)

    running.kill(program)
    running.wait_until_running()
    documents = running.finished(keys, seconds=200)

    assert {document.state for document in documents} <= {State.ACCEPTED, State.NEEDS_REVIEW}
    ids = [document.id for document in documents]
    rows = running.rows("SELECT document_id FROM documents WHERE document_id = ANY(:ids)", ids=ids)
    assert sorted(row["document_id"] for row in rows) == sorted(ids)


def test_a_run_that_follows_a_killed_one_repeats_no_finished_work(running: RunningStack, tmp_path: Path) -> None:
    running.wait_until_running()
    samples = generate(tmp_path, seed=47, count=5)
    keys = running.drop("resumed", {sample.path.name: sample.path.read_bytes() for sample in samples})
    texts = StageOutputs(running.store, "ocr_text", stage_versions(running.settings)["ocr_text"], DocumentText)
    hashes = [sha256(sample.path.read_bytes()).hexdigest() for sample in samples]
    wait_for(lambda: any(map(texts.load, hashes)) or None, 90, lambda: "no page was read")

    running.kill("batch-1")
    done = {hash_: output for hash_ in hashes if (output := texts.load(hash_)) is not None}
    running.finished(keys, seconds=120)

    assert done
    assert {hash_: texts.load(hash_) for hash_ in done} == done


def test_a_file_is_read_while_dagsters_web_server_is_down(running: RunningStack, tmp_path: Path) -> None:
    running.wait_until_running()
    sample = generate(tmp_path, seed=51, count=1)[0]
    running.kill("dagster-webserver")

    answer = running.api.post("/ocr", files={"file": (sample.path.name, sample.path.read_bytes())})

    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] in {"accepted", "needs_review"}


def test_a_single_file_is_read_although_its_worker_is_killed(running: RunningStack, tmp_path: Path) -> None:
    running.wait_until_running()
    sample = generate(tmp_path, seed=52, count=12)[6]  # of several pages
    upload = {"file": (sample.path.name, sample.path.read_bytes())}
    location = running.api.post("/ocr", files=upload, params={"wait": 0}).headers["Location"]

    running.kill("interactive-1")

    wait_for(
        lambda: running.api.get(location, params={"wait": 5}).json()["state"] in {"accepted", "needs_review"} or None,
        150,
        lambda: running.api.get(location).text,
    )


@pytest.mark.parametrize("program", ["redis", "postgres", "s3", "api"])
def test_the_api_answers_again_as_soon_as_the_program_is_back(running: RunningStack, program: str) -> None:
    (key,) = running.drop("answers-again", {f"{program}.txt": b"not a document"})
    (document,) = running.finished([key])
    assert running.api.get(f"/documents/{document.id}").status_code == 200

    running.kill(program)
    running.wait_until_running()
    wait_for(lambda: _is_ready(running) or None, 30, lambda: "the API is not ready")

    assert running.api.get(f"/documents/{document.id}").json()["state"] == "rejected"


def _is_ready(running: RunningStack) -> bool:
    try:
        return running.api.get("/ready").status_code == 200
    except httpx.TransportError:
        return False


def _wait_for_work(running: RunningStack, keys: list[str]) -> None:
    """Until a worker has begun on some of the documents and finished none of the last batch."""
    states = wait_for(
        lambda: found if State.PROCESSING in (found := [d.state for d in running.ledger.documents_of(keys)]) else None,
        90,
        lambda: "no run has started",
    )
    assert not all(state.is_final for state in states)
