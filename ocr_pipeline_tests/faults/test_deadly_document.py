"""A document that takes its worker along is rejected after some tries; its neighbours come through."""

from pathlib import Path

import cv2
import numpy as np

from ocr_pipeline.documents.model import State
from ocr_pipeline.samples.generate import generate
from ocr_pipeline_tests.faults.plugins.sitecustomize import DEADLY_WIDTH
from ocr_pipeline_tests.running_stack import RunningStack


def test_neighbours_of_a_deadly_document_are_finished(running: RunningStack, tmp_path: Path) -> None:
    running.wait_until_running()
    samples = generate(tmp_path / "samples", seed=71, count=2)
    files = {sample.path.name: sample.path.read_bytes() for sample in samples}
    page = cv2.imencode(".png", np.full((500, DEADLY_WIDTH, 3), 255, np.uint8))[1]

    keys = running.drop("deadly", {"0000-deadly.png": page.tobytes(), **files})
    documents = {Path(document.file).name: document for document in running.finished(keys, seconds=200)}

    rejected = documents.pop("0000-deadly.png")
    assert rejected.reason is not None
    assert rejected.reason.code == "processing_failed"
    assert "ended its worker" in rejected.reason.message
    assert {document.state for document in documents.values()} <= {State.ACCEPTED, State.NEEDS_REVIEW}
