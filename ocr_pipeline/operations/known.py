"""What is known of a document, read from wherever it is known. Only Postgres must answer."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import redis
import redis.asyncio
from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy.exc import SQLAlchemyError

from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.orchestration.past_runs import PastRun
from ocr_pipeline.settings import STAGES, Settings
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.document_history import DocumentHistory, document_history
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.storage.objects import ObjectStore, open_store
from ocr_pipeline.storage.originals import key_of
from ocr_pipeline.storage.results import Progress, WaitingResults
from ocr_pipeline.storage.run_queue import open_run_queue, run_id_of
from ocr_pipeline.storage.stage_outputs import STAGES as OUTPUTS
from ocr_pipeline.storage.tables import load_outcome
from ocr_pipeline.versions import Stage, stage_versions

_LAST = "validated_tables"


class Objects(NamedTuple):
    """What the bucket holds of the document."""

    arrival: bool
    original: bool
    outputs: Mapping[str, str]
    """By stage, in the version of the ledger or the present one: the folder of an output that is there."""
    seconds: Mapping[str, float]
    """By stage, as far as it has come: the ledger learns of them when it is final."""


class Known(NamedTuple):
    history: DocumentHistory
    outcome: Outcome
    present: Mapping[Stage, str]
    """The version of each stage that a run would have now."""
    runs: Sequence[PastRun] | None
    """None where Dagster's tables cannot be read; otherwise the oldest first."""
    objects: Objects | None
    """None where S3 does not answer."""
    is_queued: bool
    progress: Progress | None


def know(settings: Settings, document_id: str) -> Known | None:
    """None where there is no such document."""
    engine = get_engine(settings.database_url.get_secret_value())
    history = document_history(engine, document_id)
    if history is None:
        return None
    document = history.document
    present = stage_versions(document.options.applied_to(settings))
    is_open = history.batch is not None and document.finished_at is None
    return Known(
        history=history,
        outcome=load_outcome(engine, document, settings.result_seconds),
        present=present,
        runs=_runs(settings, document),
        objects=_objects(open_store(settings), document, present),
        is_queued=is_open and _is_queued(settings, document),
        progress=_progress(settings, document) if is_open else None,
    )


def folder_of(stage: str, version: str, content: str) -> str:
    """Where a stage's output lies in the bucket."""
    return f"{OUTPUTS}{stage}/{version}/{content}/"


def _runs(settings: Settings, document: LedgerDocument) -> list[PastRun] | None:
    # Imported here: Dagster takes a second, which a look at the table of matches need not wait for.
    from ocr_pipeline.orchestration.run_history import open_run_history

    if document.batch is None:
        return []
    try:
        history = open_run_history(settings.database_url.get_secret_value())
        return [] if history is None else history.of_batch(document.batch)
    except SQLAlchemyError:
        return None


def _objects(store: ObjectStore, document: LedgerDocument, present: Mapping[Stage, str]) -> Objects | None:
    versions: dict[str, str] = {**dict(present.items()), **document.versions}
    try:
        folders = {
            stage: folder_of(stage, versions[stage], document.content)
            for stage in STAGES
            if document.content and stage != _LAST
        }
        there = {stage: folder for stage, folder in folders.items() if store.find(f"{folder}output.json")}
        last = store.get(f"{list(there.values())[-1]}output.json") if there and document.finished_at is None else None
        arrived = store.find(document.object_key)
        return Objects(
            arrival=arrived is not None and arrived.etag == document.etag,
            original=document.sha256 is not None and store.find(key_of(document.sha256)) is not None,
            outputs=there,
            seconds=json.loads(last)["seconds"] if last else {},
        )
    except (BotoCoreError, ClientError):
        return None


def _is_queued(settings: Settings, document: LedgerDocument) -> bool:
    try:
        waiting = open_run_queue(settings.redis_url.get_secret_value()).waiting()
    except redis.RedisError:
        return False
    return document.batch is not None and run_id_of(document.batch) in waiting


def _progress(settings: Settings, document: LedgerDocument) -> Progress | None:
    async def ask() -> Progress | None:
        client: Any = redis.asyncio.Redis.from_url(settings.redis_url.get_secret_value())
        async with client:
            return await WaitingResults(client).progress(document.batch or "")

    try:
        return asyncio.run(ask())
    except redis.RedisError:
        return None
