"""Every night what the settings keep no longer is removed."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from dagster import Config, DefaultScheduleStatus, Failure, OpExecutionContext, ScheduleDefinition, job, op
from pydantic import Field

from ocr_pipeline.orchestration.forgetting import backfills_under_way, forget_partitions, forget_runs
from ocr_pipeline.orchestration.resources import SERVICE_FAILURES, Services
from ocr_pipeline.orchestration.schedules.housekeeping import TAGS, place_of
from ocr_pipeline.storage.leftovers import UPLOADS, leave_inbox, remove_strays
from ocr_pipeline.storage.retention import are_retired, clear_batches, retire_batches

_LOG_SECONDS = 10.0
_STRAY_AFTER = timedelta(days=14)
"""The API enters an upload into the ledger within seconds. Time to recover those that came after a restored dump."""


class RetentionConfig(Config):
    """What is kept for how long; a day is one of 24 hours, and starts when a batch or document is finished."""

    partition_days: float | None = Field(
        default=None, ge=0, description="Days for partitions and runs; 0 for ever. Without it OCR_PARTITION_DAYS"
    )
    stage_output_days: float | None = Field(
        default=None, ge=0, description="Days for stage outputs; 0 for ever. Without it OCR_STAGE_OUTPUT_DAYS"
    )
    inbox_days: float | None = Field(
        default=None, ge=0, description="Days for files in the inbox; 0 for ever. Without it OCR_INBOX_DAYS"
    )
    most_minutes: float = Field(
        default=10.0,
        gt=0,
        le=60,
        description="Minutes for all kinds of things together; what is left is left to the next run",
    )


@op
def remove_what_is_old(context: OpExecutionContext, config: RetentionConfig, services: Services) -> None:
    """Removes partitions and runs, stage outputs, files of the inbox and stray uploads that are due.

    One kind after the other, oldest first, each for its share of the time that those before it left. What can't be
    removed holds up only its own kind: the run fails at its end, and the next one tries again.
    """
    end = time.monotonic() + config.most_minutes * 60
    done: Counter[str] = Counter()
    failures = []
    kinds = list(_due(context, config, services))
    for at, (name, portions) in enumerate(kinds):
        share = (end - time.monotonic()) / (len(kinds) - at)
        try:
            for portion in _for_a_while(context, name, portions, share):
                done.update(portion)
        except SERVICE_FAILURES as error:
            context.log.exception(name)
            failures.append(f"{name}: {error}")
    if failures:
        raise Failure("Not all could be removed; the next run goes on. " + " ".join(failures), metadata=dict(done))
    context.add_output_metadata(dict(done))


@job(tags=TAGS)
def apply_retention() -> None:
    """Removes what the settings keep no longer; never an original, and never a result."""
    remove_what_is_old()


apply_retention_nightly = ScheduleDefinition(
    name="apply_retention_nightly",
    job=apply_retention,
    cron_schedule="45 1 * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="At 01:45 UTC: removes what OCR_PARTITION_DAYS, OCR_STAGE_OUTPUT_DAYS and OCR_INBOX_DAYS keep no more.",
)


def _due(
    context: OpExecutionContext, config: RetentionConfig, services: Services
) -> Iterator[tuple[str, Iterator[Counter[str]]]]:
    """What there is to do, by name; it is begun when it is asked for its first portion."""
    settings, database, store, instance = services.settings, services.database, services.store, context.instance
    bucket, inbox = settings.s3_bucket, settings.s3_inbox_prefix
    if until := _until(config.partition_days, settings.partition_days):
        partitions = retire_batches(database, until, partial(forget_partitions, instance, until))
        yield "partitions", _without_backfill(context, partitions)
        yield "runs", forget_runs(instance, until, partial(are_retired, database))
    if until := _until(config.stage_output_days, settings.stage_output_days):
        yield "stage outputs", _without_backfill(context, clear_batches(database, store, until))
    if until := _until(config.inbox_days, settings.inbox_days):
        yield (
            "files in the inbox",
            leave_inbox(database, store, inbox, until, place_of(instance, f"leave {bucket}/{inbox}")),
        )
    yield (
        "stray uploads",
        remove_strays(
            database, store, datetime.now(UTC) - _STRAY_AFTER, place_of(instance, f"strays {bucket}/{UPLOADS}")
        ),
    )


def _until(asked: float | None, setting: float) -> datetime | None:
    days = setting if asked is None else asked
    return datetime.now(UTC) - timedelta(days=days) if days else None


def _without_backfill(context: OpExecutionContext, portions: Iterator[Counter[str]]) -> Iterator[Counter[str]]:
    """The portions as long as no backfill is under way; one may be launched between any two."""
    while not (backfills := backfills_under_way(context.instance)):
        portion = next(portions, None)
        if portion is None:
            return
        yield portion
    context.log.warning(f"Old batches stay as they are while a backfill may need them: {', '.join(backfills)}")


def _for_a_while(
    context: OpExecutionContext, name: str, portions: Iterator[Counter[str]], seconds: float
) -> Iterator[Counter[str]]:
    end, logged = time.monotonic() + seconds, time.monotonic()
    so_far: Counter[str] = Counter()
    for portion in portions:
        so_far.update(portion)
        yield portion
        if time.monotonic() - logged > _LOG_SECONDS:
            logged = time.monotonic()
            context.log.info(f"{name}: {dict(so_far)}")
        if time.monotonic() > end:
            context.log.warning(f"{name}: the time is up; the next run goes on. So far {dict(so_far)}")
            return
