"""The job that has files in the bucket processed."""

from collections.abc import Iterable, Iterator, Sequence

from dagster import Config, Failure, MetadataValue, OpExecutionContext, TableRecord, job, op
from pydantic import Field

from ocr_pipeline.orchestration.jobs._launching import BY_HAND, TENANT, batch_links, chosen
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.settings import OWN_FOLDERS, Settings
from ocr_pipeline.storage.launches import enter_files
from ocr_pipeline.storage.ledger_rows import DEFAULT_TENANT, Arrival
from ocr_pipeline.storage.objects import ObjectStore, StoredObject

_SHOWN = 200
"""Files in a table of the run's metadata."""


class LaunchBatchConfig(Config):
    """Which files, and whose they are. Name a prefix, files, or both."""

    prefix: str = Field(
        default="", description="Every file whose key begins with this is taken, such as archive/2025-10/"
    )
    files: list[str] = Field(default=[], description="Keys of single files")
    tenant: str = Field(
        default=DEFAULT_TENANT, pattern=TENANT, description="Whom the documents belong to; nobody else sees them"
    )
    documents_per_batch: int = Field(
        default=100, ge=1, le=1000, description="Most documents in a batch, which is a partition and a run"
    )
    limit: int = Field(
        default=10_000,
        ge=1,
        le=100_000,
        description="Most new files that this launch takes, in no more batches than OCR_MAX_OPEN_BATCHES leaves room "
        "for; launch it again for those behind them",
    )


@op(tags={"kind": "s3"})
def enter_batches(context: OpExecutionContext, config: LaunchBatchConfig, services: Services) -> list[str]:
    """Enters the files that the ledger does not know yet as batches, and returns the keys of these."""
    if not config.prefix and not config.files:
        raise Failure("Name a prefix, or files: nothing is launched without.", allow_retries=False)
    store, settings = services.store, services.settings
    found = _below(store, config.prefix) if config.prefix else iter(())
    arrivals = (_arrival(stored, settings) for part in (_named(store, config.files), found) for stored in part)
    limit = min(config.limit, _room(services) * config.documents_per_batch)
    entered = enter_files(services.database, arrivals, config.tenant, config.documents_per_batch, limit)
    count = sum(entered.batches.values())
    context.log.info(f"{count} documents in {len(entered.batches)} batches; {len(entered.known)} files were known")
    if not entered.is_all:
        context.log.warning(f"There are more than {limit} new files; launch the job again for the others")
    known = [TableRecord({**file._asdict(), "state": file.state.value}) for file in entered.known[:_SHOWN]]
    context.add_output_metadata(
        {
            "asked for": chosen(config.model_dump()),
            "documents": count,
            "batches": batch_links(settings, entered.batches),
            "files known before": len(entered.known),
            **({"known files": MetadataValue.table(known)} if known else {}),
            "new files left for another launch": MetadataValue.bool(not entered.is_all),
        }
    )
    return list(entered.batches)


@job(
    tags=BY_HAND,
    description="Has files that lie in the bucket processed: all below a prefix, or single ones by key. They are "
    "entered as batches, which the sensor `inbox` has run like all others. Files that the ledger knows, by key and "
    "ETag, are named as known and not processed a second time: for these there are `replay_quarantine`, "
    "`rerun_document` and `launch_backfill`.",
)
def launch_batch() -> None:
    enter_batches()


def _room(services: Services) -> int:
    """How many batches may be made before the inbox would have to wait. Raises Failure where there is no room."""
    most = services.settings.max_open_batches
    room = most - services.ledger.open_batches(most)
    if room <= 0:
        raise Failure(
            f"{most} batches are unfinished, the most that OCR_MAX_OPEN_BATCHES allows. Nothing was launched; launch "
            "it again when some of them are finished, or raise the setting.",
            allow_retries=False,
        )
    return room


def _named(store: ObjectStore, keys: Sequence[str]) -> list[StoredObject]:
    """Raises Failure where one is not there: then nothing is entered."""
    _keep_out_of_own_folders(keys)
    found = {key: store.find(key) for key in keys}
    if missing := [key for key, stored in found.items() if stored is None]:
        raise Failure(
            f"The bucket {store.bucket} has no file {', '.join(missing[:20])}"
            f"{f' and {len(missing) - 20} others' if len(missing) > 20 else ''}. "
            "Nothing was launched; correct the keys, which begin behind the bucket's name, and launch it again.",
            allow_retries=False,
        )
    return [stored for stored in found.values() if stored is not None]


def _below(store: ObjectStore, prefix: str) -> Iterator[StoredObject]:
    _keep_out_of_own_folders([prefix])
    # A prefix may be shorter than a folder's name.
    return (stored for stored in store.list(prefix) if not stored.key.startswith(OWN_FOLDERS))


def _arrival(stored: StoredObject, settings: Settings) -> Arrival:
    """Its name is what the inbox would give it."""
    return Arrival(stored.key.removeprefix(settings.s3_inbox_prefix), stored.key, stored.etag, stored.size)


def _keep_out_of_own_folders(keys: Iterable[str]) -> None:
    for key in keys:
        if key.startswith(OWN_FOLDERS):
            raise Failure(
                f"What lies below {', '.join(OWN_FOLDERS)} in the bucket is the pipeline's own, and {key!r} is. Name "
                "the folder that the files were put into.",
                allow_retries=False,
            )
