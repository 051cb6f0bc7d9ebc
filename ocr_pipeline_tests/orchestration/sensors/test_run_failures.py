"""Which document is to blame is found in a few runs, and its neighbours get on."""

import pytest
from dagster import DagsterRunStatus, DefaultSensorStatus, build_run_status_sensor_context, build_sensor_context
from dagster._core.test_utils import create_run_for_test

from ocr_pipeline.documents.model import State
from ocr_pipeline.orchestration.sensors.run_failures import FAULT_TAG, run_failures
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.ledger import finish, moment
from ocr_pipeline.storage.ledger_rows import Finished, Sender
from ocr_pipeline.storage.replays import rerun_document
from ocr_pipeline.storage.tables import read_batch
from ocr_pipeline_tests.orchestration.batch_runs import Batches
from ocr_pipeline_tests.orchestration.sensors.failing_runs import fail

FAULT = ValueError("no such month")


@pytest.fixture
def blamed(batches: Batches) -> str:
    return batches.of_files({f"{number}.jpg": b"x" for number in range(5)})


def run_fails(batches: Batches, batch: str, error: Exception = FAULT, times: int = 1) -> str:
    """A run of the batch fails, and the sensor hears of it, once or again; the run's id."""
    result = fail(batches.instance, batch, error)
    for _ in range(times):
        context = build_run_status_sensor_context(
            sensor_name="run_failures",
            dagster_instance=batches.instance,
            dagster_run=batches.instance.get_run_by_id(result.run_id),  # type: ignore[arg-type]  # it is there
            dagster_event=result.get_run_failure_event(),
            resources={"services": batches.services},
        )
        with context:
            run_failures(context)
    return result.run_id


def unfinished(batches: Batches) -> dict[str, list[str]]:
    """Files by batch, of batches that are not finished; the batches in the order in which they were made."""
    found = batches.services.ledger.take_unfinished_batches(-1)
    return {
        batch.key: sorted(
            document.file
            for document in batches.services.ledger.batch_documents(batch.key)
            if document.finished_at is None
        )
        for batch in found
    }


def faults(batches: Batches, batch: str) -> int:
    with batches.services.database.connect() as connection:
        query = schema.batches.select().where(schema.batches.c.key == batch)
        return int(connection.execute(query).one().faults)


def test_where_a_service_was_down_nothing_is_done(batches: Batches, blamed: str) -> None:
    for _ in range(3):
        run_fails(batches, blamed, ConnectionRefusedError())

    assert faults(batches, blamed) == 0
    assert list(unfinished(batches)) == [blamed]


def test_the_first_fault_is_counted_once_however_often_it_is_heard_of(batches: Batches, blamed: str) -> None:
    run_id = run_fails(batches, blamed, times=3)

    assert faults(batches, blamed) == 1
    assert list(unfinished(batches)) == [blamed]
    run = batches.instance.get_run_by_id(run_id)
    assert run is not None
    assert run.tags[FAULT_TAG] == "ValueError: no such month"


def test_the_second_splits_the_batch(batches: Batches, blamed: str) -> None:
    run_fails(batches, blamed)
    run_fails(batches, blamed, times=2)

    assert sorted(unfinished(batches).values()) == [["0.jpg", "1.jpg"], ["2.jpg", "3.jpg", "4.jpg"]]
    ended = batches.services.ledger.batch(blamed)
    assert ended is not None
    assert ended.finished_at is not None


def test_one_bad_document_is_found_in_a_few_runs_and_all_others_get_on(batches: Batches) -> None:
    services = batches.services
    names = [f"{number:02}.jpg" for number in range(20)]
    first = batches.of_files(dict.fromkeys(names, b"x"))
    ids = {document.file: document.id for document in services.ledger.batch_documents(first)}
    failed = 0
    while todo := unfinished(batches):
        for batch, files in todo.items():
            if "13.jpg" in files:
                run_fails(batches, batch)
                failed += 1
            else:
                with services.database.begin() as connection:
                    ended = [Finished(ids[file], State.ACCEPTED, None, {}) for file in files]
                    finish(connection, batch, ended, moment())
        assert failed < 10

    states = {file: services.ledger.document(id_) for file, id_ in ids.items()}
    bad = states.pop("13.jpg")
    assert failed == 7  # the first twice, and its halves of 10, 5, 3, 2 documents and of 1 each once
    assert {document.state for document in states.values() if document} == {State.ACCEPTED}
    assert bad is not None
    assert bad.reason is not None
    assert (bad.state, bad.reason.code) == (State.REJECTED, "processing_failed")
    assert "no such month" in bad.reason.message
    assert read_batch(services.database, [bad.id]).quarantined == [bad.id]


def test_a_document_alone_is_rejected_at_the_second_fault(batches: Batches) -> None:
    batch = batches.of_files({"a.jpg": b"x"})

    run_fails(batches, batch)
    assert list(unfinished(batches)) == [batch]
    run_fails(batches, batch, times=2)

    assert unfinished(batches) == {}


def test_a_document_that_is_processed_again_keeps_its_earlier_result(batches: Batches) -> None:
    services = batches.services
    first = batches.of_files({"a.jpg": b"x"})
    (document,) = services.ledger.batch_documents(first)
    with services.database.begin() as connection:
        finish(connection, first, [Finished(document.id, State.ACCEPTED, None, {})], moment())
    again = rerun_document(services.database, services.store, document.id, [], services.versions).batch

    run_fails(batches, again)
    assert unfinished(batches) == {again: []}
    run_fails(batches, again)

    assert unfinished(batches) == {}
    after = services.ledger.document(document.id)
    assert after is not None
    assert after.state is State.ACCEPTED


def test_while_another_run_is_under_way_the_batch_stays_together(batches: Batches, blamed: str) -> None:
    run_fails(batches, blamed)
    tags = {"dagster/partition": blamed}
    other = create_run_for_test(batches.instance, tags=tags, status=DagsterRunStatus.STARTED)
    run_fails(batches, blamed)
    assert list(unfinished(batches)) == [blamed]

    batches.instance.report_run_failed(other)
    run_fails(batches, blamed)

    assert len(unfinished(batches)) == 2


def test_a_batch_that_somebody_sent_stays_together_and_is_given_up_later(batches: Batches) -> None:
    batch = batches.of_files({"a.jpg": b"x", "b.jpg": b"x"}, Sender(subject="ann"))
    for _ in range(4):
        run_fails(batches, batch)
    assert unfinished(batches) == {batch: ["a.jpg", "b.jpg"]}

    run_fails(batches, batch)

    assert unfinished(batches) == {}
    documents = batches.services.ledger.batch_documents(batch)
    assert [document.state for document in documents] == [State.REJECTED, State.REJECTED]


def test_a_batch_that_is_finished_is_left_alone(batches: Batches, blamed: str) -> None:
    ids = [document.id for document in batches.services.ledger.batch_documents(blamed)]
    with batches.services.database.begin() as connection:
        finish(connection, blamed, [Finished(id_, State.ACCEPTED, None, {}) for id_ in ids], moment())

    for _ in range(3):
        run_fails(batches, blamed)

    assert faults(batches, blamed) == 0
    states = {document.state for document in batches.services.ledger.batch_documents(blamed)}
    assert states == {State.ACCEPTED}


def test_it_runs_without_being_asked_to() -> None:
    assert run_failures.default_status is DefaultSensorStatus.RUNNING


def test_the_daemon_hands_it_the_runs_that_failed_since_it_looked_last(batches: Batches, blamed: str) -> None:
    cursor = None
    for expected in (0, 1, 1):
        with build_sensor_context(
            instance=batches.instance,
            cursor=cursor,
            resources={"services": batches.services},
            sensor_name="run_failures",
        ) as context:
            cursor = run_failures.evaluate_tick(context).cursor
        assert faults(batches, blamed) == expected
        if expected == 0:
            fail(batches.instance, blamed, FAULT)
