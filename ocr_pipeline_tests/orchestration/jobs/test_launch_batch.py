"""The job `launch_batch`: files in the bucket become batches, each file once."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from dagster import DagsterInvalidConfigError, ExecuteInProcessResult, Failure, RunConfig
from pydantic import ValidationError

from ocr_pipeline.documents.model import State
from ocr_pipeline.orchestration.jobs.launch_batch import LaunchBatchConfig, launch_batch
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.ledger_rows import Arrival, Lane


@pytest.fixture
def folder(resource: Services) -> Iterator[str]:
    """Of five files."""
    folder = f"archive/{uuid4().hex}/"
    keys = [f"{folder}{name}.pdf" for name in "abcde"]
    for key in keys:
        resource.store.put(key, key.encode())
    yield folder
    resource.store.delete(keys)


def run(services: Services, **config: Any) -> ExecuteInProcessResult:
    return launch_batch.execute_in_process(
        run_config=RunConfig({"enter_batches": LaunchBatchConfig(**config)}), resources={"services": services}
    )


def metadata(result: ExecuteInProcessResult) -> dict[str, Any]:
    (event,) = result.filter_events(lambda event: event.is_successful_output)
    return {name: entry.value for name, entry in event.step_output_data.metadata.items()}


def test_files_below_a_prefix_become_batches_that_the_sensor_takes(resource: Services, folder: str) -> None:
    keys = run(resource, prefix=folder, tenant="acme", documents_per_batch=2).output_for_node("enter_batches")

    taken = resource.ledger.take_unfinished_batches(0)
    assert [(batch.key, batch.lane) for batch in taken] == [(key, Lane.BATCH) for key in keys]
    documents = [resource.ledger.batch_documents(key) for key in keys]
    assert [len(some) for some in documents] == [2, 2, 1]
    assert [one.object_key for some in documents for one in some] == [f"{folder}{name}.pdf" for name in "abcde"]
    assert {(one.tenant, one.state) for some in documents for one in some} == {("acme", State.WAITING)}


def test_known_files_are_named_and_not_doubled(resource: Services, folder: str) -> None:
    stored = resource.store.find(f"{folder}b.pdf")
    assert stored is not None
    (known,) = resource.ledger.register([Arrival("b.pdf", stored.key, stored.etag, stored.size)])

    first = metadata(run(resource, prefix=folder))
    again = run(resource, prefix=folder)

    assert (first["documents"], first["files known before"]) == (4, 1)
    (record,) = first["known files"].records
    assert (record.data["id"], record.data["object_key"]) == (known, stored.key)
    assert again.output_for_node("enter_batches") == []
    assert (metadata(again)["documents"], metadata(again)["files known before"]) == (0, 5)
    assert len(resource.ledger.documents_of([f"{folder}{name}.pdf" for name in "abcde"])) == 5


def test_a_file_that_was_replaced_is_a_new_one(resource: Services, folder: str) -> None:
    run(resource, prefix=folder)
    resource.store.put(f"{folder}c.pdf", b"another scan")

    assert metadata(run(resource, prefix=folder))["documents"] == 1


def test_a_limit_leaves_the_others_to_the_next_launch(resource: Services, folder: str) -> None:
    launched = [metadata(run(resource, prefix=folder, limit=3)) for _ in range(2)]

    assert [one["documents"] for one in launched] == [3, 2]
    assert [one["new files left for another launch"] for one in launched] == [True, False]


def test_no_more_batches_are_made_than_may_be_open(
    resource: Services, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCR_MAX_OPEN_BATCHES", "2")
    get_settings.cache_clear()
    services = Services()

    launched = metadata(run(services, prefix=folder, documents_per_batch=2))

    assert (launched["documents"], launched["new files left for another launch"]) == (4, True)
    with pytest.raises(Failure, match="2 batches are unfinished"):
        run(services, prefix=folder, documents_per_batch=2)
    assert len(resource.ledger.take_unfinished_batches(0)) == 2


def test_single_files_are_taken_by_key(resource: Services, folder: str) -> None:
    (key,) = run(resource, files=[f"{folder}a.pdf", f"{folder}d.pdf"]).output_for_node("enter_batches")

    assert [one.object_key for one in resource.ledger.batch_documents(key)] == [f"{folder}a.pdf", f"{folder}d.pdf"]


def test_a_key_without_a_file_is_named_and_nothing_is_launched(resource: Services, folder: str) -> None:
    with pytest.raises(Failure, match=f"no file {folder}nowhere.pdf"):
        run(resource, prefix=folder, files=[f"{folder}nowhere.pdf"])

    assert resource.ledger.take_unfinished_batches(0) == []


@pytest.mark.parametrize("config", [{"prefix": "stages/"}, {"files": ["originals/abc"]}, {}])
def test_what_is_the_pipelines_own_is_refused(resource: Services, config: dict[str, Any]) -> None:
    with pytest.raises(Failure, match=r"pipeline's own|Name a prefix"):
        run(resource, **config)


def test_a_short_prefix_does_not_reach_into_it_either(resource: Services) -> None:
    resource.store.put("stages/launch/1/x/output.json", b"{}")

    assert metadata(run(resource, prefix="stag"))["documents"] == 0


def test_the_config_is_checked(resource: Services) -> None:
    with pytest.raises(ValidationError, match="tenant"):
        LaunchBatchConfig(tenant="a/b")
    with pytest.raises(DagsterInvalidConfigError, match="prefx"):
        launch_batch.execute_in_process(
            run_config={"ops": {"enter_batches": {"config": {"prefx": "archive/"}}}}, resources={"services": resource}
        )
