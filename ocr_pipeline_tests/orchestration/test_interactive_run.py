"""A run that is created and carried out by the worker that takes its batch."""

import threading
from collections.abc import Callable
from io import BytesIO
from uuid import uuid4

import pytest
from botocore.exceptions import EndpointConnectionError
from dagster import AssetKey, AssetRecordsFilter, DagsterInstance, DagsterRun, DagsterRunStatus
from dagster._core.test_utils import create_run_for_test
from PIL import Image

from ocr_pipeline import definitions
from ocr_pipeline.documents.model import State
from ocr_pipeline.orchestration import ahead
from ocr_pipeline.orchestration.interactive_run import InteractiveRuns
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.ledger_rows import Lane
from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline_tests.orchestration.batch_runs import Batches

STAGES = ["raw_images", "normalized_images", "ocr_text", "structured_records", "validated_tables"]
CarryOut = Callable[[str], DagsterRun]


@pytest.fixture
def carry_out(batches: Batches) -> CarryOut:
    runs = InteractiveRuns(batches.instance, definitions.defs.resolve_job_def("process_batch"), definitions.__name__)

    def carry_out(batch: str) -> DagsterRun:
        run_id = str(uuid4())
        runs.carry_out(run_id, batch, {"dagster/partition": batch, "ocr-request/1": "019b"})
        runs.carry_out(run_id, batch, {})  # as when the task is delivered twice
        run = batches.instance.get_run_by_id(run_id)
        assert run is not None
        return run

    return carry_out


def materialized(instance: DagsterInstance, batch: str) -> list[str]:
    filters = {stage: AssetRecordsFilter(AssetKey(stage), asset_partitions=[batch]) for stage in STAGES}
    return [stage for stage in STAGES for _ in instance.fetch_materializations(filters[stage], limit=9).records]


def test_it_is_a_run_like_any_other(batches: Batches, carry_out: CarryOut) -> None:
    batch = batches.of_samples(2, seed=71)

    run = carry_out(batch)

    assert run.status == DagsterRunStatus.SUCCESS
    assert run.job_name == "process_batch"
    assert run.tags["dagster/partition"] == batch
    assert run.tags["ocr-request/1"] == "019b"
    assert run.tags["dagster-celery/task_id"] == run.run_id
    assert materialized(batches.instance, batch) == STAGES
    assert batches.instance.get_run_stats(run.run_id).steps_succeeded == len(STAGES)
    assert all(document.state.is_final for document in batches.services.ledger.batch_documents(batch))


def test_a_batch_that_the_sensor_has_had_run_meanwhile_is_left_alone(batches: Batches) -> None:
    runs = InteractiveRuns(batches.instance, definitions.defs.resolve_job_def("process_batch"), definitions.__name__)
    batch = batches.of_files({"a.jpg": b"x"})
    other = create_run_for_test(batches.instance, tags={"dagster/partition": batch}, status=DagsterRunStatus.STARTED)

    runs.carry_out(str(uuid4()), batch, {"dagster/partition": batch})

    assert [run.run_id for run in batches.instance.get_runs()] == [other.run_id]
    assert [document.state for document in batches.services.ledger.batch_documents(batch)] == [State.WAITING]


@pytest.mark.parametrize("pages_of_others", [[], [3]])
def test_behind_a_long_document_nobody_waits(
    batches: Batches, carry_out: CarryOut, monkeypatch: pytest.MonkeyPatch, pages_of_others: list[int]
) -> None:
    """It goes on in the other lane, as a batch of its own, and stays there."""
    monkeypatch.setattr("ocr_pipeline.orchestration.assets.raw_images._MOST_PAGES", 3)
    services = batches.services
    counts = [4, *pages_of_others]
    batch = batches.of_files({f"{count}.tif": pages_of(count, shade=150 + count) for count in counts})
    long, *others = services.ledger.batch_documents(batch)
    with services.database.begin() as connection:
        connection.execute(schema.batches.update().values(lane=Lane.INTERACTIVE))

    assert carry_out(batch).status == DagsterRunStatus.SUCCESS

    status = services.ledger.batch(batch)
    assert status is not None
    assert status.finished_at is not None
    assert [document.id for document in status.documents] == [document.id for document in others]
    (left,) = services.ledger.take_unfinished_batches(60)
    assert left.lane is Lane.BATCH
    assert left.key != batch
    batches.instance.add_dynamic_partitions("batches", [left.key])
    batches.run(left.key)
    (ended,) = services.ledger.batch_documents(left.key)
    assert (ended.id, ended.state.is_final) == (long.id, True)


def pages_of(count: int, shade: int) -> bytes:
    pages = [Image.new("L", (200, 300), shade) for _ in range(count)]
    file = BytesIO()
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:])
    return file.getvalue()


def test_all_that_the_stages_made_is_in_the_bucket(batches: Batches, carry_out: CarryOut) -> None:
    batch = batches.of_samples(2, seed=72)
    carry_out(batch)

    again = batches.run(batch)

    assert {stage: again[stage]["reused"] for stage in STAGES[:-1]} == dict.fromkeys(STAGES[:-1], 2)


def test_where_the_bucket_takes_nothing_the_run_fails_and_nothing_is_published(
    batches: Batches, carry_out: CarryOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = batches.of_samples(1, seed=7301)

    def fail(*_: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://s3")

    monkeypatch.setattr(ObjectStore, "put", fail)
    run = carry_out(batch)

    assert run.status == DagsterRunStatus.FAILURE
    assert materialized(batches.instance, batch) == []
    assert not any(document.state.is_final for document in batches.services.ledger.batch_documents(batch))


def test_who_leaves_early_leaves_no_stage_behind(batches: Batches) -> None:
    batch = batches.of_samples(1, seed=74)

    with pytest.raises(KeyboardInterrupt), ahead.stages_ahead(batch):
        raise KeyboardInterrupt

    assert not any(thread.name == "stages-ahead" for thread in threading.enumerate())
    assert not any(document.state.is_final for document in batches.services.ledger.batch_documents(batch))
