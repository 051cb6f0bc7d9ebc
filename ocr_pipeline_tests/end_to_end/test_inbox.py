"""Files put into the inbox become records, with nothing but the sensor."""

import os
import subprocess
import sys
from pathlib import Path

from ocr_pipeline.documents.model import State
from ocr_pipeline.samples.generate import generate
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline_tests.running_stack import RunningStack, wait_for


def test_samples_become_records(running: RunningStack, tmp_path: Path) -> None:
    samples = {sample.path.name: sample for sample in generate(tmp_path, seed=7)}
    keys = running.drop("samples", {name: sample.path.read_bytes() for name, sample in samples.items()})

    documents = running.finished(keys)

    assert {document.state for document in documents} <= {State.ACCEPTED, State.NEEDS_REVIEW}
    rows = {row["document_id"]: row for row in running.rows("SELECT * FROM documents")}
    right = [
        str(rows[document.id]["total"]) == samples[Path(document.file).name].fields.get("total")
        for document in documents
        if samples[Path(document.file).name].fields.get("total")
    ]
    assert len(right) >= 10
    assert sum(right) >= 0.8 * len(right)


def test_the_demo_shows_every_sample_and_leaves_a_running_stack_alone(running: RunningStack) -> None:
    environment = {**os.environ, "OCR_DATA_DIR": str(running.settings.data_dir)}
    command = [str(Path(sys.executable).with_name("ocr-pipeline")), "demo", "--seed", "3"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "rejected: encrypted_pdf" in done.stdout
    assert "rejected: decompression_bomb" in done.stdout
    assert done.stdout.count("accepted") + done.stdout.count("needs_review") >= 12
    assert running.stack.status().running


def test_the_same_file_again_is_no_new_document_and_a_changed_one_is(running: RunningStack) -> None:
    (key,) = running.drop("again", {"note.txt": b"not a document"})
    running.finished([key])
    running.drop("again", {"note.txt": b"not a document", "next.txt": b"not a document either"})
    running.finished([key, key.replace("note", "next")])
    assert len(running.ledger.documents_of([key])) == 1

    running.drop("again", {"note.txt": b"changed, and still not a document"})

    wait_for(lambda: len(running.ledger.documents_of([key])) == 2 or None, 30, lambda: "no second document")


def test_a_file_that_vanishes_before_it_is_read_is_rejected_and_its_neighbours_are_not(
    running: RunningStack, tmp_path: Path
) -> None:
    sample = generate(tmp_path, seed=11, count=1)[0]
    (key,) = running.drop("vanishing", {"stays.jpg": sample.path.read_bytes()})
    gone = key.replace("stays", "gone")
    running.ledger.register([Arrival("vanishing/gone.jpg", gone, "an ETag", 3)])

    states = {document.object_key: document for document in running.finished([key, gone])}

    assert states[key].state in {State.ACCEPTED, State.NEEDS_REVIEW}
    reason = states[gone].reason
    assert reason is not None
    assert reason.code == "file_missing"
