"""The job that has documents in quarantine processed again."""

from collections import Counter
from collections.abc import Sequence

from dagster import Config, Failure, MetadataValue, OpExecutionContext, TableMetadataValue, TableRecord, job, op
from pydantic import Field

from ocr_pipeline.orchestration.jobs._launching import BY_HAND, batch_links, chosen, forget_results, moment
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.storage.replays import Replayed, not_in_quarantine, quarantine_codes, replay_quarantined


class ReplayQuarantineConfig(Config):
    """Which documents in quarantine: those that meet all that is given here."""

    codes: list[str] = Field(
        default=[],
        description="Codes of which one is among a document's reasons, such as processing_failed or invalid_row; "
        "empty for all but `cancelled`. docs/errors.md lists them",
    )
    since: str = Field(default="", description="In quarantine since this time or later, such as 2026-11-01")
    until: str = Field(default="", description="In quarantine since before this time")
    tenant: str = Field(default="", description="Documents of this tenant; empty for all")
    documents: list[str] = Field(default=[], description="Ids of single documents; empty for any")
    limit: int = Field(
        default=500, ge=1, le=2000, description="Most documents, the earliest first; launch it again for the others"
    )
    documents_per_batch: int = Field(default=100, ge=1, le=1000, description="Most documents in a new batch")


@op(tags={"kind": "postgres"})
def reopen_quarantined(context: OpExecutionContext, config: ReplayQuarantineConfig, services: Services) -> list[str]:
    """Puts the documents into new batches, in which they wait; returns the keys of these."""
    if missing := not_in_quarantine(services.database, config.documents):
        raise Failure(
            f"Not in quarantine: {', '.join(missing[:20])}. Nothing was launched. The table `quarantine` says which "
            "documents are, and why; one that is not goes through the job `rerun_document`.",
            allow_retries=False,
        )
    replayed = replay_quarantined(
        services.database,
        codes=config.codes,
        since=moment(config.since),
        until=moment(config.until),
        tenant=config.tenant or None,
        ids=config.documents,
        limit=config.limit,
        size=config.documents_per_batch,
    )
    forget_results(services, {document.id: document.tenant for document in replayed})
    batches = Counter(document.batch for document in replayed)
    context.log.info(f"{len(replayed)} documents wait again, in {len(batches)} batches")
    context.add_output_metadata(
        {
            "asked for": chosen(config.model_dump()),
            "documents": len(replayed),
            "batches": batch_links(services.settings, batches),
            **({"why they were in quarantine": _history(replayed)} if replayed else {}),
            "still in quarantine, by code": MetadataValue.json(quarantine_codes(services.database)),
        }
    )
    return list(batches)


@job(
    tags=BY_HAND,
    description="Has documents in quarantine processed again, after what put them there was repaired: chosen by code, "
    "time, tenant or id. They go into new batches, which the sensor `inbox` has run, and count there from now on; "
    "their earlier batches stay finished. Why they were in quarantine stands in the metadata of this run.",
)
def replay_quarantine() -> None:
    reopen_quarantined()


def _history(replayed: Sequence[Replayed]) -> TableMetadataValue:
    return MetadataValue.table(
        [
            TableRecord(
                {
                    "document": document.id,
                    "file": document.file,
                    "codes": ", ".join(document.codes),
                    "message": document.message,
                    "quarantined at": document.quarantined_at.isoformat(timespec="seconds"),
                    "earlier batch": document.earlier_batch or "",
                    "new batch": document.batch,
                }
            )
            for document in replayed
        ]
    )
