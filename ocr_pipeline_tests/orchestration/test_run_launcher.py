"""Runs that no worker has: whose Celery task is in no queue and with nobody."""

import json
from collections.abc import Iterator

import pytest
from celery import Celery
from celery.app.control import Inspect
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus
from dagster._core.launcher import LaunchRunContext
from dagster._core.test_utils import create_run_for_test
from dagster_celery.launcher import CeleryRunLauncher

from ocr_pipeline.orchestration import run_launcher
from ocr_pipeline.orchestration.run_launcher import MISSING_SINCE_TAG, WarmWorkerRunLauncher
from ocr_pipeline.storage import run_queue
from ocr_pipeline.storage.connections import redis_client
from ocr_pipeline_tests.conftest import Services


@pytest.fixture
def redis_url(services: Services) -> str:
    return services.settings.redis_url.get_secret_value()


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def launcher(redis_url: str, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> WarmWorkerRunLauncher:
    monkeypatch.setattr(run_queue, "_LOOK_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(run_launcher, "_ANSWER_SECONDS", (0.1, 0.1))
    launcher = WarmWorkerRunLauncher(default_queue="batch", broker=redis_url, backend=redis_url)
    launcher.register_instance(instance)
    return launcher


def of(instance: DagsterInstance, task: str, status: DagsterRunStatus) -> DagsterRun:
    run: DagsterRun = create_run_for_test(instance, tags={"dagster-celery/task_id": task}, status=status)
    return run


def again(instance: DagsterInstance, run: DagsterRun) -> DagsterRun:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found


def test_a_run_that_waits_in_its_queue_is_not_lost(
    redis_url: str, instance: DagsterInstance, launcher: WarmWorkerRunLauncher
) -> None:
    with Celery(broker=redis_url) as app:
        app.send_task("a", task_id="waits", queue="batch", priority=6)

    run = of(instance, "waits", DagsterRunStatus.STARTING)

    assert not launcher.is_lost(run)
    assert MISSING_SINCE_TAG not in again(instance, run).tags


@pytest.mark.parametrize("status", [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED])
def test_a_run_that_is_nowhere_is_lost_at_the_second_look(
    instance: DagsterInstance,
    launcher: WarmWorkerRunLauncher,
    monkeypatch: pytest.MonkeyPatch,
    status: DagsterRunStatus,
) -> None:
    """As after Redis lost its data, or the worker that had fetched it vanished."""
    run = of(instance, f"nowhere-{status.value}", status)

    assert not launcher.is_lost(run)
    assert not launcher.is_lost(again(instance, run))
    monkeypatch.setattr(run_launcher, "_MISSING_SECONDS", -1.0)
    assert launcher.is_lost(again(instance, run))


@pytest.fixture
def started(redis_url: str, instance: DagsterInstance) -> DagsterRun:
    """A run that a worker of the name `busy` began."""
    noted = {"task_id": "with-busy", "status": "STARTED", "result": {"hostname": "busy"}, "traceback": None}
    redis_client(redis_url).set("celery-task-meta-with-busy", json.dumps(noted))
    return of(instance, "with-busy", DagsterRunStatus.STARTED)


def test_a_run_of_a_worker_that_does_not_answer_is_lost_at_the_second_look(
    instance: DagsterInstance, launcher: WarmWorkerRunLauncher, started: DagsterRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once is not enough: the worker may be reconnecting."""
    assert not launcher.is_lost(started)
    monkeypatch.setattr(run_launcher, "_MISSING_SECONDS", -1.0)
    assert launcher.is_lost(again(instance, started))


def test_a_worker_that_answers_again_has_never_been_away(
    instance: DagsterInstance, launcher: WarmWorkerRunLauncher, started: DagsterRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_launcher, "_MISSING_SECONDS", -1.0)
    assert not launcher.is_lost(started)
    with monkeypatch.context() as patch:
        patch.setattr(Inspect, "active", lambda _: {"busy": [{"id": "with-busy"}]})
        assert not launcher.is_lost(again(instance, started))
    assert not launcher.is_lost(again(instance, started))


def test_a_worker_that_works_on_something_else_has_lost_the_run(
    launcher: WarmWorkerRunLauncher, started: DagsterRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one does that died and was started again."""
    monkeypatch.setattr(Inspect, "active", lambda _: {"busy": [{"id": "another"}]})
    assert launcher.is_lost(started)


def test_the_task_is_noted_before_a_worker_can_have_it(
    instance: DagsterInstance, launcher: WarmWorkerRunLauncher
) -> None:
    """Dagster writes all tags of a run at once: after the sending, one of two who note something would be undone."""
    run: DagsterRun = create_run_for_test(instance, tags={"dagster-celery/queue": "gpu"})
    sent: list[dict[str, object]] = []

    class Task:
        def apply_async(self, **options: object) -> None:
            sent.append({**options, "noted": again(instance, run).tags.get("dagster-celery/task_id")})

    launcher._launch_celery_task_run(run, Task(), "execute_job")

    assert sent[0]["noted"] == sent[0]["task_id"]
    assert (sent[0]["queue"], sent[0]["routing_key"]) == ("gpu", "gpu.execute_job")


def test_a_run_whose_task_is_not_noted_yet_is_not_lost(
    instance: DagsterInstance, launcher: WarmWorkerRunLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: DagsterRun = create_run_for_test(instance, status=DagsterRunStatus.STARTED)

    assert not launcher.is_lost(run)
    monkeypatch.setattr(run_launcher, "_MISSING_SECONDS", -1.0)
    assert launcher.is_lost(again(instance, run))


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, None),
        ({"dagster/backfill": "abc"}, "6"),
        ({"dagster/backfill": "abc", "dagster-celery/run_priority": "0"}, "0"),
    ],
)
def test_a_backfill_lets_new_files_go_first(
    instance: DagsterInstance,
    launcher: WarmWorkerRunLauncher,
    monkeypatch: pytest.MonkeyPatch,
    tags: dict[str, str],
    expected: str | None,
) -> None:
    sent: list[DagsterRun] = []
    monkeypatch.setattr(CeleryRunLauncher, "launch_run", lambda _, context: sent.append(context.dagster_run))

    launcher.launch_run(LaunchRunContext(create_run_for_test(instance, tags=tags), None))

    assert sent[0].tags.get("dagster-celery/run_priority") == expected
