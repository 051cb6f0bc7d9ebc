import itertools
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from ocr_pipeline.documents.model import Rejection, State
from ocr_pipeline.documents.options import Options
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival, Lane, Sender
from ocr_pipeline.storage.schema import batches, deliveries
from ocr_pipeline.storage.schema import ledger as ledger_rows
from ocr_pipeline.storage.submissions import Entered, Reuse, Submissions

REUSE = Reuse({"ocr_text": "1", "validated_tables": "1"}, result_seconds=3600)
NUMBERS = itertools.count()
NOBODY = Sender()


@pytest.fixture
def submissions(engine: Engine, ledger: Ledger) -> Submissions:
    return Submissions(engine, burst_size=5, lanes=2)


def enter(
    submissions: Submissions, sha256: str | None = None, sender: Sender = NOBODY, reuse: Reuse | None = REUSE
) -> Entered:
    number = next(NUMBERS)
    arrival = Arrival("a.png", f"uploads/{number}/a.png", "e", 1, sha256 or f"sha of {number}")
    return submissions.enter(arrival, sender, reuse, None)


def change(engine: Engine, document_id: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(update(ledger_rows).where(ledger_rows.c.id == document_id).values(**values))


def end_batches(engine: Engine, *keys: str | None) -> None:
    with engine.begin() as connection:
        connection.execute(update(batches).where(batches.c.key.in_(keys)).values(finished_at=batches.c.closed_at))


@pytest.fixture
def finished(engine: Engine, submissions: Submissions) -> Callable[..., str]:
    """Enters a document with the hash `x` and finishes it; returns its id."""

    def finish(sender: Sender = NOBODY, **values: Any) -> str:
        id_ = enter(submissions, "x", sender, None).document_id
        done = {"state": State.ACCEPTED, "versions": dict(REUSE.versions), "finished_at": ledger_rows.c.arrived_at}
        change(engine, id_, **(done | values))
        return id_

    return finish


def test_a_lone_file_is_a_batch_of_its_own_at_once(submissions: Submissions, ledger: Ledger) -> None:
    entered = enter(submissions, sender=Sender("a"))
    assert entered.batch is not None
    status = ledger.batch(entered.batch)
    assert status is not None
    assert status.tenant == "a"
    assert [document.id for document in status.documents] == [entered.document_id]
    assert submissions.close_waiting() == ([], False)
    assert not ledger.take_unfinished_batches(60), "its launcher looks after it"


def test_what_comes_while_the_lane_is_full_is_put_together(
    submissions: Submissions, engine: Engine, ledger: Ledger
) -> None:
    lone = [enter(submissions) for _ in range(2)]
    waiting = [enter(submissions, sender=Sender(request_id=f"r{number}")) for number in range(7)]
    assert all(entered.batch for entered in lone)
    assert not any(entered.batch for entered in waiting)
    assert submissions.close_waiting() == ([], True)
    end_batches(engine, lone[0].batch)
    ((first,), left) = submissions.close_waiting()
    assert left
    assert first.requests == {f"r{number}": waiting[number].document_id for number in range(5)}
    end_batches(engine, lone[1].batch)
    # Whoever comes now does not overtake those that wait.
    assert enter(submissions).batch is None
    ((second,), left) = submissions.close_waiting()
    assert not left
    assert len(ledger.batch_documents(second.batch)) == 3


def test_a_batch_that_hangs_gives_its_place_away(submissions: Submissions, engine: Engine) -> None:
    hanging = [enter(submissions) for _ in range(2)]
    assert enter(submissions).batch is None
    with engine.begin() as connection:
        old = batches.c.closed_at - timedelta(minutes=6)
        connection.execute(update(batches).where(batches.c.key == hanging[0].batch).values(closed_at=old))
    closed, left = submissions.close_waiting()
    assert (len(closed), left) == (1, False)


def test_batches_of_the_other_lane_take_no_place(submissions: Submissions, ledger: Ledger) -> None:
    for number in range(3):
        ledger.register_batch([Arrival("a.png", f"other {number}", "e", 1)])
    ledger.register([Arrival("a.png", "inbox/a.png", "e", 1)])
    assert enter(submissions).batch is not None
    assert submissions.close_waiting() == ([], False)


def test_nobodys_burst_keeps_another_tenant_from_its_turn(submissions: Submissions, engine: Engine) -> None:
    lone = [enter(submissions, sender=Sender("loud")) for _ in range(2)]
    for _ in range(20):
        enter(submissions, sender=Sender("loud"))
    enter(submissions, sender=Sender("quiet"))
    end_batches(engine, lone[0].batch)
    ((first,), _) = submissions.close_waiting()
    with engine.connect() as connection:
        assert connection.scalar(select(batches.c.tenant).where(batches.c.key == first.batch)) == "quiet"


def test_processes_that_close_at_the_same_time_keep_to_the_lane(engine: Engine, ledger: Ledger) -> None:
    processes = [Submissions(engine, burst_size=5, lanes=2) for _ in range(8)]
    closed = []

    def work(submissions: Submissions) -> None:
        for _ in range(5):
            closed.append(enter(submissions).batch)
            closed.extend(batch for batch, _ in submissions.close_waiting()[0])

    threads = [threading.Thread(target=work, args=(submissions,)) for submissions in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keys = [batch for batch in closed if batch is not None]
    assert len(keys) == len(set(keys)) == 2
    with engine.connect() as connection:
        assert len(list(connection.scalars(select(ledger_rows.c.id)))) == 40


def test_finished_documents_answer_for_the_same_bytes(submissions: Submissions, finished: Callable[..., str]) -> None:
    finished()
    newest = finished()
    assert submissions.find(Sender(), "x", REUSE, None) == newest
    assert enter(submissions, "x") == Entered(newest, is_new=False, batch=None)
    assert enter(submissions, "x", reuse=None).is_new
    assert submissions.find(Sender(), "y", REUSE, None) is None


UNFIT: dict[str, dict[str, Any]] = {
    "another tenant's": {"tenant": "b"},
    "under other options": {"options": {"language": "de"}},
    "of another version": {"versions": {"ocr_text": "1", "validated_tables": "2"}},
    "of unknown versions": {"versions": {}},
    "expired": {"finished_at": ledger_rows.c.arrived_at - timedelta(hours=1)},
    "erased": {"erased_at": ledger_rows.c.arrived_at},
    "rejected for now": {
        "state": State.REJECTED,
        "reason": Rejection.of(ErrorCode.PROCESSING_FAILED, stage="ocr_text", detail="x").model_dump(mode="json"),
    },
}


@pytest.mark.parametrize("values", UNFIT.values(), ids=UNFIT)
def test_what_does_not_answer_for_the_same_bytes(
    submissions: Submissions, finished: Callable[..., str], values: dict[str, Any]
) -> None:
    finished(**values)
    assert submissions.find(Sender(), "x", REUSE, None) is None
    assert enter(submissions, "x").is_new


def test_a_rejected_document_answers_for_the_same_bytes(submissions: Submissions, finished: Callable[..., str]) -> None:
    reason = Rejection.of(ErrorCode.TRUNCATED_FILE).model_dump(mode="json")
    id_ = finished(state=State.REJECTED, reason=reason, versions={"ocr_text": "1"})
    assert submissions.find(Sender(), "x", REUSE, None) == id_


def test_options_are_part_of_what_is_the_same(submissions: Submissions, finished: Callable[..., str]) -> None:
    german = Sender(options=Options(language="de", pages="1-3"))
    id_ = finished(german)
    assert submissions.find(german, "x", REUSE, None) == id_
    assert submissions.find(Sender(), "x", REUSE, None) is None


def test_the_same_bytes_on_their_way_are_joined(
    submissions: Submissions, finished: Callable[..., str], engine: Engine
) -> None:
    first = enter(submissions, "x")
    assert enter(submissions, "x") == Entered(first.document_id, is_new=False, batch=None)
    change(engine, first.document_id, state=State.PROCESSING)
    assert not enter(submissions, "x").is_new
    assert enter(submissions, "x", Sender("b")).is_new
    assert enter(submissions, "x", Sender(options=Options(kind="invoice"))).is_new
    # Its webhook would never be told.
    assert enter(submissions, "x", Sender(webhook="https://example.com")).is_new
    assert not enter(submissions, "x", Sender(webhook="https://example.com")).is_new


def test_a_webhook_is_told_at_once_of_what_is_finished(
    submissions: Submissions, finished: Callable[..., str], engine: Engine
) -> None:
    id_ = finished()
    assert submissions.find(Sender(webhook="https://example.com"), "x", REUSE, None) == id_
    with engine.connect() as connection:
        columns = (deliveries.c.document_id, deliveries.c.url, deliveries.c.event)
        told = connection.execute(select(*columns).where(deliveries.c.document_id == id_)).all()
    assert told == [(id_, "https://example.com", "document.finished")]


def test_of_many_that_enter_the_same_bytes_at_the_same_time_one_is_new(submissions: Submissions) -> None:
    entered: list[Entered] = []
    threads = [threading.Thread(target=lambda: entered.append(enter(submissions, "same"))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(each.is_new for each in entered) == {True: 1, False: 11}
    assert len({each.document_id for each in entered}) == 1


def test_lane_of_single_files(submissions: Submissions, engine: Engine) -> None:
    entered = enter(submissions)
    with engine.connect() as connection:
        assert connection.scalar(select(batches.c.lane).where(batches.c.key == entered.batch)) == Lane.INTERACTIVE
        assert (
            connection.scalar(select(ledger_rows.c.lane).where(ledger_rows.c.id == entered.document_id))
            == Lane.INTERACTIVE
        )
