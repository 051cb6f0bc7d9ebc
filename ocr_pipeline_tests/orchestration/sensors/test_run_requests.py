"""What a run is requested with."""

from typing import Any

import pytest
from dagster import AssetKey, DagsterInstance, DagsterRunStatus, RunRequest
from dagster._core.test_utils import create_run_for_test

from ocr_pipeline.orchestration.sensors import run_requests as requests
from ocr_pipeline.orchestration.sensors.run_requests import run_requests
from ocr_pipeline.orchestration.unfinished import Run
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.ledger_rows import Lane, Sender
from ocr_pipeline.storage.queues import Queue
from ocr_pipeline_tests.orchestration.batch_runs import Batches

PRIORITY = "dagster-celery/run_priority"


@pytest.fixture
def batch(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(requests, "LOOK_AGAIN_SECONDS", 0.0)
    key = batches.of_files({"a.jpg": b"x"})
    with batches.services.database.begin() as connection:
        connection.execute(schema.batches.update().values(looked_at=None))
    return key


def request_of(batches: Batches) -> RunRequest:
    (request,) = run_requests(batches.instance, batches.services)
    return request


def failed_run(instance: DagsterInstance, batch: str) -> None:
    run = create_run_for_test(instance, tags={"dagster/partition": batch}, status=DagsterRunStatus.STARTED)
    instance.report_run_failed(run)


def test_the_key_of_a_request_never_comes_again(batches: Batches, batch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [request_of(batches).run_key]
    # More runs than are looked at; the number of those that are known may even fall, as old runs are deleted.
    monkeypatch.setattr(requests, "next_step", lambda *_, **__: Run(50))
    for _ in range(5):
        failed_run(batches.instance, batch)
        keys.append(request_of(batches).run_key)

    assert len(set(keys)) == 6
    assert request_of(batches).run_key == keys[-1], "Until there is another run it is the same request."


@pytest.mark.parametrize(
    ("step", "priority"),
    [
        (Run(0), None),
        (Run(1), "3"),
        (Run(1, Queue.INTERACTIVE), None),  # somebody waits for it
        (Run(0, Queue.BATCH, ("raw_images", "normalized_images")), None),
        (Run(1, Queue.GPU, ("ocr_text",)), None),  # it has come some way
        (Run(1, Queue.BATCH, ("raw_images", "normalized_images")), "3"),
    ],
)
def test_new_batches_come_before_those_that_failed(
    batches: Batches, batch: str, monkeypatch: pytest.MonkeyPatch, step: Run, priority: str | None
) -> None:
    if step.attempt:
        failed_run(batches.instance, batch)
    monkeypatch.setattr(requests, "next_step", lambda *_, **__: step)

    request = request_of(batches)

    assert request.tags.get(PRIORITY) == priority
    assert request.tags["dagster-celery/queue"] == str(step.queue)
    assert request.asset_selection == (None if step.stages is None else [AssetKey(stage) for stage in step.stages])


@pytest.mark.parametrize(
    ("senders", "changes", "expected"),
    [
        ({"a": Sender(subject="ann", request_id="r1")}, {}, {"ocr-request/r1": "batch"}),
        ({"a": Sender(request_id="r1")}, {"lane": Lane.INTERACTIVE}, {"ocr-request/r1": "document"}),
        ({"a": Sender(request_id="r1"), "b": Sender(request_id="r2")}, {}, {}),
        ({"a": Sender(request_id="r1"), "b": Sender()}, {}, {}),
        ({"a": Sender()}, {}, {}),
    ],
)
def test_a_run_names_the_request_that_its_documents_came_by(
    batches: Batches, senders: dict[str, Sender], changes: dict[str, Any], expected: dict[str, str]
) -> None:
    services = batches.services
    first = next(iter(senders.values()))
    batch = batches.of_files({f"{name}.jpg": b"x" for name in senders}, first)
    documents = services.ledger.batch_documents(batch)
    with services.database.begin() as connection:
        for document, sender in zip(documents, senders.values(), strict=True):
            mine = schema.ledger.c.id == document.id
            connection.execute(schema.ledger.update().where(mine).values(request_id=sender.request_id))
        connection.execute(schema.batches.update().values(looked_at=None, **changes))

    tags = request_of(batches).tags

    ids = {"batch": batch, "document": documents[0].id}
    found = {name: value for name, value in tags.items() if name.startswith("ocr-request/")}
    assert found == {name: ids[value] for name, value in expected.items()}
