"""What happens to a batch whose run came to nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from dagster import AssetKey, DagsterEvent, DagsterEventType, DagsterInstance, DagsterRunStatus
from dagster._core.test_utils import create_run_for_test

from ocr_pipeline.orchestration import unfinished
from ocr_pipeline.orchestration.draining import HANDED_BACK_TAG
from ocr_pipeline.orchestration.run_launcher import WarmWorkerRunLauncher
from ocr_pipeline.orchestration.unfinished import GiveUp, Run, Wait, next_step
from ocr_pipeline.storage.ledger_rows import Lane
from ocr_pipeline.storage.run_queue import run_id_of
from ocr_pipeline_tests.conftest import Services

BATCH = "2026-11-22T10-05-00Z_0007"
CLOSED_AT = datetime.now(UTC)
A_DAY = timedelta(days=1)


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as instance:
        yield instance


def step(instance: DagsterInstance, after: timedelta = timedelta(0)) -> Wait | Run | GiveUp:
    now = datetime.now(UTC)
    return next_step(instance, BATCH, closed_at=CLOSED_AT, now=now + after, give_up_after=A_DAY)


def run(instance: DagsterInstance, status: DagsterRunStatus) -> None:
    run = create_run_for_test(instance, tags={"dagster/partition": BATCH}, status=DagsterRunStatus.STARTED)
    if status == DagsterRunStatus.FAILURE:
        instance.report_run_failed(run)
    if status == DagsterRunStatus.CANCELED:
        instance.report_run_canceled(run)


def test_without_a_run_it_needs_one(instance: DagsterInstance) -> None:
    assert step(instance) == Run(attempt=0)


@pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning")  # by Celery
def test_without_a_run_it_waits_where_a_worker_is_about_to_create_one(
    instance: DagsterInstance, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis_url = services.settings.redis_url.get_secret_value()
    launcher = WarmWorkerRunLauncher(default_queue="batch", broker=redis_url, backend=redis_url)
    monkeypatch.setattr(instance, "_run_launcher", launcher)
    monkeypatch.setattr(launcher, "_is_working", lambda task: task.info["hostname"] == "alive")
    for hostname, expected in {"alive": Wait(), "killed": Run(attempt=0)}.items():
        launcher.celery.backend.store_result(run_id_of(BATCH), {"hostname": hostname}, "STARTED")
        assert step(instance) == expected
    launcher.celery.backend.forget(run_id_of(BATCH))
    assert step(instance) == Run(attempt=0)


def test_with_a_run_under_way_it_waits(instance: DagsterInstance) -> None:
    run(instance, DagsterRunStatus.STARTED)

    assert step(instance, after=timedelta(hours=1)) == Wait()


def test_after_a_failed_run_there_is_a_pause_and_then_another_run(instance: DagsterInstance) -> None:
    run(instance, DagsterRunStatus.FAILURE)

    assert step(instance) == Wait()
    assert step(instance, after=timedelta(seconds=6)) == Run(attempt=1)


def test_pauses_grow_so_that_an_outage_of_hours_costs_no_document(instance: DagsterInstance) -> None:
    for _ in range(20):
        run(instance, DagsterRunStatus.FAILURE)

    assert step(instance, after=timedelta(minutes=14)) == Wait()
    assert step(instance, after=timedelta(minutes=16)) == Run(attempt=20)


def test_only_after_the_time_set_is_it_given_up(instance: DagsterInstance) -> None:
    run(instance, DagsterRunStatus.FAILURE)

    assert isinstance(step(instance, after=A_DAY + timedelta(minutes=1)), GiveUp)


def test_a_person_who_cancels_a_run_is_obeyed(instance: DagsterInstance) -> None:
    run(instance, DagsterRunStatus.CANCELED)

    assert step(instance) == GiveUp("the run was canceled")


def test_what_was_canceled_before_the_batch_was_to_run_again_is_over(instance: DagsterInstance) -> None:
    run(instance, DagsterRunStatus.CANCELED)
    closed_at = datetime.now(UTC)

    later = closed_at + timedelta(seconds=6)

    assert next_step(instance, BATCH, closed_at, later, A_DAY) == Run(attempt=1)


def carry_out(instance: DagsterInstance, found: Wait | Run | GiveUp, status: DagsterRunStatus, **tags: str) -> None:
    """A run that carries out what was found to be the next step."""
    assert isinstance(found, Run)
    made = create_run_for_test(
        instance,
        tags={"dagster/partition": BATCH, **tags},
        status=DagsterRunStatus.STARTED,
        asset_selection=None if found.stages is None else frozenset(map(AssetKey, found.stages)),
    )
    if status == DagsterRunStatus.FAILURE:
        instance.report_run_failed(made)
    else:
        ended = DagsterEvent(DagsterEventType.RUN_SUCCESS.value, made.job_name, message="")
        instance.report_dagster_event(ended, run_id=made.run_id)


def gpu_step(
    instance: DagsterInstance, lane: Lane = Lane.BATCH, after: timedelta = timedelta(0)
) -> Wait | Run | GiveUp:
    now = datetime.now(UTC) + after
    return next_step(instance, BATCH, CLOSED_AT, now, A_DAY, lane=lane, gpu_stages="ocr_text")


def test_with_stages_on_a_gpu_it_goes_in_segments_without_pauses(instance: DagsterInstance) -> None:
    first = gpu_step(instance)
    assert first == Run(0, "batch", ("raw_images", "normalized_images"))
    carry_out(instance, first, DagsterRunStatus.SUCCESS)

    second = gpu_step(instance)
    assert second == Run(1, "gpu", ("ocr_text",))
    carry_out(instance, second, DagsterRunStatus.FAILURE)
    assert gpu_step(instance) == Wait()
    again = gpu_step(instance, after=timedelta(seconds=6))
    assert again == Run(2, "gpu", ("ocr_text",))
    carry_out(instance, again, DagsterRunStatus.SUCCESS)

    last = gpu_step(instance)
    assert last == Run(3, "batch", ("structured_records", "validated_tables"))
    carry_out(instance, last, DagsterRunStatus.SUCCESS)
    assert gpu_step(instance, after=timedelta(seconds=60)) == Run(4, *first[1:])


def test_what_somebody_waits_for_stays_whole(instance: DagsterInstance) -> None:
    assert gpu_step(instance, Lane.INTERACTIVE) == Run(0, "interactive", None)


def test_what_was_handed_back_is_taken_up_at_once_and_is_no_failure(instance: DagsterInstance) -> None:
    for _ in range(5):
        run(instance, DagsterRunStatus.FAILURE)
    assert step(instance) == Wait()

    carry_out(instance, Run(5), DagsterRunStatus.FAILURE, **{HANDED_BACK_TAG: "true"})

    assert step(instance) == Run(attempt=6)


def test_runs_beyond_those_looked_at_are_counted(instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfinished, "_LOOKED_AT", 3)
    for _ in range(5):
        run(instance, DagsterRunStatus.FAILURE)

    assert step(instance, after=timedelta(hours=1)) == Run(attempt=5)
