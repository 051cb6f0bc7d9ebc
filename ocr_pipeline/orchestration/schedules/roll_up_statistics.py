"""Every hour the statistics of batches are summed up by day and tenant."""

from datetime import UTC, datetime, timedelta

from dagster import Config, DefaultScheduleStatus, MetadataValue, OpExecutionContext, ScheduleDefinition, job, op
from pydantic import Field

from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.schedules.housekeeping import TAGS
from ocr_pipeline.storage.daily_statistics import markdown, recent_days, roll_up


class RollUpConfig(Config):
    """Which days are summed up, and which are shown."""

    days: int = Field(
        default=2,
        ge=1,
        le=3660,
        description="Days to sum up anew, today among them; of the 90 before them those that have changed are too",
    )
    shown_days: int = Field(default=14, ge=1, le=366, description="Days in the table of the result")


@op
def sum_up_days(context: OpExecutionContext, config: RollUpConfig, services: Services) -> None:
    """Sums up the last days, and earlier ones that have changed, and shows the last two weeks."""
    today = datetime.now(UTC).date()
    rows = roll_up(services.database, today - timedelta(days=config.days - 1))
    shown = recent_days(services.database, config.shown_days, today)
    context.add_output_metadata(
        {"days and tenants summed up": rows, f"last {config.shown_days} days": MetadataValue.md(markdown(shown))}
    )


@job(tags=TAGS)
def roll_up_statistics() -> None:
    """Sums up by day and tenant what became of the documents: the table `daily_statistics`."""
    sum_up_days()


roll_up_statistics_hourly = ScheduleDefinition(
    name="roll_up_statistics_hourly",
    job=roll_up_statistics,
    cron_schedule="5 * * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Five minutes past every hour: sums up the statistics of today, yesterday and days that changed.",
)
