"""How documents go through the stages of a run: one after the other in each stage, and in several stages at once."""

import threading
from typing import Any

import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from ocr_pipeline import pipeline
from ocr_pipeline.documents.model import Record
from ocr_pipeline.orchestration.current_run import RunWasEnded
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
