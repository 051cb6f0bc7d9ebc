import pytest
from sqlalchemy import Engine, select

from ocr_pipeline.documents.model import Rejection, State
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.batch_reruns import reopen_batch
from ocr_pipeline.storage.batch_status import find_batch, is_finished
from ocr_pipeline.storage.beginnings import Beginnings
from ocr_pipeline.storage.cancellation import cancel_batch
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import DEFAULT_TENANT, Arrival, Lane
from ocr_pipeline.storage.schema import beginnings, quarantine

EMPTY = Rejection.of(ErrorCode.EMPTY_FILE)


@pytest.fixture
def batch(ledger: Ledger) -> str:
    """One of two documents."""
    return ledger.register_batch([Arrival(file=name, object_key=name, etag="e", size=1) for name in ("a", "b")])[0]


def test_nothing_of_the_failure_is_left(engine: Engine, ledger: Ledger, batch: str) -> None:
    first, second = ledger.batch_documents(batch)
    Beginnings(engine).begin(first.id, "ocr_text")
    ledger.note_intake(second.id, None, EMPTY)
    ledger.reject_unfinished(batch, EMPTY, "1")
    reopened = reopen_batch(engine, batch, only_retryable=False)
    assert (reopened.ids, reopened.total) == ([first.id, second.id], 2)
    for document in ledger.batch_documents(batch):
        assert (document.state, document.reason, document.refusal) == (State.WAITING, None, None)
        assert document.finished_at is None
    with engine.connect() as connection:
        assert not connection.scalars(select(quarantine.c.document_id)).all()
        assert not connection.scalars(select(beginnings.c.document_id)).all()
    assert not is_finished(engine, batch)


def test_reopened_batch_is_looked_after_as_one_that_was_just_closed(engine: Engine, ledger: Ledger, batch: str) -> None:
    before = find_batch(engine, DEFAULT_TENANT, batch)
    cancel_batch(engine, batch)
    reopen_batch(engine, batch, only_retryable=True)
    assert not ledger.take_unfinished_batches(60)
    (taken,) = ledger.take_unfinished_batches(0)
    assert (taken.key, taken.lane) == (batch, Lane.BATCH)
    assert before is not None
    assert taken.closed_at > before.closed_at


def test_what_will_fail_again_is_left_alone(engine: Engine, ledger: Ledger, batch: str) -> None:
    ledger.reject_unfinished(batch, EMPTY, "1")
    assert reopen_batch(engine, batch, only_retryable=True).ids == []
    assert is_finished(engine, batch)


def test_an_unfinished_batch_is_not_reopened(engine: Engine, batch: str) -> None:
    with pytest.raises(PipelineError) as raised:
        reopen_batch(engine, batch, only_retryable=False)
    assert raised.value.code is ErrorCode.NOT_FINISHED
