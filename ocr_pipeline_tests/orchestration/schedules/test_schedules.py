"""The schedules themselves: when they are due, what they launch, and for whom."""

from datetime import UTC, datetime

import pytest
from dagster import DefaultScheduleStatus, ScheduleDefinition, build_schedule_context

from ocr_pipeline.definitions import defs
from ocr_pipeline.orchestration.schedules.apply_retention import apply_retention_nightly
from ocr_pipeline.orchestration.schedules.reconcile_inbox import reconcile_inbox_nightly
from ocr_pipeline.orchestration.schedules.roll_up_statistics import roll_up_statistics_hourly

SCHEDULES = (apply_retention_nightly, reconcile_inbox_nightly, roll_up_statistics_hourly)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.name)
def test_a_tick_launches_one_run_of_the_job_on_the_queue_of_the_housekeeping(schedule: ScheduleDefinition) -> None:
    with build_schedule_context(
        scheduled_execution_time=datetime(2026, 11, 22, 1, 45, tzinfo=UTC), repository_def=defs.get_repository_def()
    ) as context:
        (request,) = schedule.evaluate_tick(context).run_requests or []

    assert request.run_config == {}
    job = defs.resolve_job_def(schedule.job_name)
    assert {**job.run_tags, **request.tags}["dagster-celery/queue"] == "housekeeping"
    assert job.executor_def.name == "in_process"


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.name)
def test_a_schedule_runs_from_the_start_and_says_what_it_does(schedule: ScheduleDefinition) -> None:
    assert schedule.default_status is DefaultScheduleStatus.RUNNING
    assert schedule.execution_timezone == "UTC"
    assert schedule.description
    job = defs.resolve_job_def(schedule.job_name)
    assert job.description
    (node,) = job.nodes
    assert node.definition.description


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.name)
def test_every_field_of_the_config_is_described_and_need_not_be_given(schedule: ScheduleDefinition) -> None:
    job = defs.resolve_job_def(schedule.job_name)
    (node,) = job.nodes
    config = node.definition.config_schema
    assert config is not None
    fields = getattr(config.config_type, "fields", {})

    assert fields
    for name, field in fields.items():
        assert field.description, name
        assert not field.is_required, name


def test_they_are_due_as_the_documentation_says() -> None:
    assert {schedule.name: schedule.cron_schedule for schedule in SCHEDULES} == {
        "reconcile_inbox_nightly": "15 1 * * *",
        "apply_retention_nightly": "45 1 * * *",
        "roll_up_statistics_hourly": "5 * * * *",
    }
