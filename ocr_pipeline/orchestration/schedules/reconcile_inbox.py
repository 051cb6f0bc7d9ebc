"""Every night the whole inbox is compared with the ledger."""

import time

from dagster import Config, DefaultScheduleStatus, MetadataValue, OpExecutionContext, ScheduleDefinition, job, op
from pydantic import Field

from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.schedules.housekeeping import TAGS, place_of
from ocr_pipeline.storage.reconciliation import reconcile

_LOG_SECONDS = 10.0


class ReconciliationConfig(Config):
    """How the inbox is compared with the ledger."""

    most_named: int = Field(
        default=20, ge=0, le=1000, description="Documents without a file that are named in the result, at most"
    )
    most_minutes: float = Field(
        default=10.0, gt=0, le=600, description="Minutes for the whole; the next run goes on where this one stops"
    )


@op
def compare_inbox_with_ledger(context: OpExecutionContext, config: ReconciliationConfig, services: Services) -> None:
    """Enters the files of the inbox that the ledger does not know, and counts waiting documents whose file is gone."""
    settings = services.settings
    prefix = settings.s3_inbox_prefix
    logged = time.monotonic()

    def tell(files: int) -> None:
        nonlocal logged
        if time.monotonic() - logged > _LOG_SECONDS:
            logged = time.monotonic()
            context.log.info(f"{files} files compared")

    found = reconcile(
        services.database,
        services.store,
        prefix,
        settings.inbox_tenant,
        most_named=config.most_named,
        tell=tell,
        place=place_of(context.instance, f"reconcile {settings.s3_bucket}/{prefix}"),
        most_seconds=config.most_minutes * 60,
    )
    if found.gone is None:
        context.log.info("This was a part of the inbox: which waiting documents lack their file only a whole one tells")
    if found.entered:
        context.log.warning(f"{found.entered} files of the inbox were not in the ledger; they are now")
    if found.gone:
        context.log.warning(f"The files of {found.gone} waiting documents are gone")
    names = "\n".join(f"- `{name}`" for name in found.gone_files)
    context.add_output_metadata(
        {
            "files compared": found.files,
            "known": found.known,
            "entered": found.entered,
            **({} if found.gone is None else {"waiting documents without file": found.gone}),
            **({"without file": MetadataValue.md(names)} if names else {}),
        }
    )


@job(tags=TAGS)
def reconcile_inbox() -> None:
    """Finds files of the inbox that no event announced, and waiting documents whose file is gone."""
    compare_inbox_with_ledger()


reconcile_inbox_nightly = ScheduleDefinition(
    name="reconcile_inbox_nightly",
    job=reconcile_inbox,
    cron_schedule="15 1 * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="At 01:15 UTC: finds files of the inbox that no event announced.",
)
