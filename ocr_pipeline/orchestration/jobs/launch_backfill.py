"""The job that has finished batches run again, as a backfill of Dagster's."""

from dagster import Config, Failure, MetadataValue, OpExecutionContext, job, op
from pydantic import Field

from ocr_pipeline.orchestration.jobs._backfill import BackfillRequest, launch
from ocr_pipeline.orchestration.jobs._launching import BY_HAND, batch_links, chosen, moment
from ocr_pipeline.orchestration.jobs._stages import stages_from
from ocr_pipeline.orchestration.partitions import batches
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.storage.finished_batches import FinishedBatch, bring_back, choose_batches, not_finished
from ocr_pipeline.versions import Stage


class LaunchBackfillConfig(Config):
    """Which finished batches: those that meet all that is given here."""

    reason: str = Field(default="", max_length=200, description="Why, in a few words; it stands with the backfill")
    batches: list[str] = Field(default=[], description="Keys of single batches; empty for any")
    since: str = Field(default="", description="Batches from this time on, such as 2026-11-01; empty for any")
    until: str = Field(default="", description="Batches before this time; empty for any")
    tenant: str = Field(default="", description="Batches of this tenant; empty for all")
    only_outdated: bool = Field(
        default=True, description="Only batches that ended under other stage versions than the present ones"
    )
    limit: int = Field(
        default=500,
        ge=1,
        le=2000,
        description="Most batches, the newest first. Ten are a run, and all runs are launched at once: Dagster looks "
        "at each that waits every few seconds, and gives up one that has not begun after a day. Launch it again for "
        "those behind them: what has run is not outdated any more",
    )
    from_stage: Stage = Field(
        default="raw_images",
        description="The first stage to run. Outputs are addressed by content and version, so even from the first on "
        "only that is computed which changed. A later one saves a look at the files, and fails where an earlier stage "
        "changed too",
    )
    priority: int = Field(
        default=9, ge=0, le=9, description="Of its runs in the workers' queue: 0 goes first, 9 when nothing else waits"
    )


@op(tags={"kind": "dagster"})
def request_backfill(context: OpExecutionContext, config: LaunchBackfillConfig, services: Services) -> str | None:
    """Launches the backfill; returns its id, or None where no batch is meant."""
    found = _chosen(config, services)
    links = batch_links(services.settings, {batch.key: batch.documents for batch in found})
    asked = {"asked for": chosen(config.model_dump()), "batches": links}
    if not found:
        context.log.info("No batch meets what was asked for; there is nothing to run again")
        context.add_output_metadata(asked)
        return None
    keys = sorted(batch.key for batch in found)  # Dagster's ranges follow the order in which they are added
    # Retention may have taken their partitions away; those that are there stay as they are.
    context.instance.add_dynamic_partitions(str(batches.name), keys)
    bring_back(services.database, keys)
    launched = launch(
        services.settings.dagster_url,
        BackfillRequest(
            batches=keys,
            stages=stages_from(config.from_stage),
            title=f"{len(keys)} batches from {config.from_stage} on",
            reason=config.reason or ("they are outdated" if config.only_outdated else "launched by hand"),
            priority=config.priority,
            run_id=context.run_id,
        ),
    )
    context.log.info(f"Backfill {launched.id} of {len(keys)} batches: {launched.url}")
    context.add_output_metadata({"backfill": MetadataValue.url(launched.url), "backfill id": launched.id, **asked})
    return launched.id


@job(
    tags=BY_HAND,
    description="Runs finished batches again, as a backfill that stands on the page Backfills: after a new recognizer, "
    "prompt or setting, by default all that are outdated. Only what changed is computed again. Until a document's new "
    "result is there, the earlier one stands.",
)
def launch_backfill() -> None:
    request_backfill()


def _chosen(config: LaunchBackfillConfig, services: Services) -> list[FinishedBatch]:
    """Raises Failure where a batch that is named cannot be run again."""
    if unfinished := not_finished(services.database, config.batches):
        raise Failure(
            f"There is no finished batch {', '.join(unfinished[:20])}. Nothing was launched; check the keys, and leave "
            "unfinished batches to the sensor `inbox`, which has them run.",
            allow_retries=False,
        )
    return choose_batches(
        services.database,
        keys=config.batches,
        since=moment(config.since),
        until=moment(config.until),
        tenant=config.tenant or None,
        other_than=services.versions() if config.only_outdated else None,
        limit=config.limit,
    )
