"""How documents go through the stages of a run: one after the other in each stage, and in several stages at once."""

import threading
from typing import Any

import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from ocr_pipeline import pipeline
from ocr_pipeline.documents.model import Record
from ocr_pipeline.orchestration import passage
from ocr_pipeline.orchestration.current_run import RunWasEnded
from ocr_pipeline.storage.batch_accounts import wanted_documents
from ocr_pipeline.storage.cancellation import cancel_document
from ocr_pipeline_tests.orchestration.batch_runs import Batches


def test_one_document_is_structured_while_another_is_read(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = batches.of_samples(2, seed=8101)
    read_pages, structure = pipeline.read_pages, pipeline.structure
    first, structured = threading.Lock(), threading.Event()

    def reads_the_second_when_the_first_is_structured(*arguments: Any, **named: Any) -> object:
        if not first.acquire(blocking=False):
            assert structured.wait(60)
        return read_pages(*arguments, **named)

    def tells(*arguments: Any) -> Record:
        record = structure(*arguments)
        structured.set()
        return record

    monkeypatch.setattr(pipeline, "read_pages", reads_the_second_when_the_first_is_structured)
    monkeypatch.setattr(pipeline, "structure", tells)

    assert batches.run(batch)["structured_records"]["computed now"] == 2


def test_a_document_that_is_cancelled_in_one_stage_does_not_come_to_the_next(
    batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = batches.of_samples(1, seed=8103)
    (document,) = batches.services.ledger.batch_documents(batch)
    read_pages = pipeline.read_pages
    structured: list[object] = []
    looks = threading.Semaphore(0)

    def is_cancelled(*arguments: Any, **named: Any) -> object:
        assert cancel_document(batches.services.database, document.id)
        while looks.acquire(blocking=False):
            pass
        # What was found by the first look from now on is known by the third.
        for _ in range(3):
            assert looks.acquire(timeout=60)
        return read_pages(*arguments, **named)

    def counted(*arguments: Any) -> dict[str, set[str]]:
        looks.release()
        return wanted_documents(*arguments)

    monkeypatch.setattr(pipeline, "read_pages", is_cancelled)
    monkeypatch.setattr(pipeline, "structure", structured.append)
    monkeypatch.setattr(passage, "wanted_documents", counted)
    monkeypatch.setattr(passage, "_LOOK_SECONDS", 0.05)

    assert "cancelled" in batches.run(batch)["structured_records"]["rejections"]
    assert structured == []


def test_a_run_that_was_given_up_meanwhile_writes_nothing(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its host was cut off from the others, and comes back."""
    batch = batches.of_samples(1, seed=8102)
    structure = pipeline.structure

    def is_given_up(*arguments: Any) -> Record:
        give_up(batches.instance)
        return structure(*arguments)

    monkeypatch.setattr(pipeline, "structure", is_given_up)

    with pytest.raises(RunWasEnded):
        batches.run(batch)

    assert not any(document.state.is_final for document in batches.services.ledger.batch_documents(batch))


def give_up(instance: DagsterInstance) -> None:
    (run,) = instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED]))
    instance.report_run_failed(run, "Its worker does not answer.")
