"""The way of uploaded files into the pipeline: bucket, ledger, run."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import UploadFile

from api.backends import Backends
from api.uploads import store_files
from ocr_pipeline.errors import PipelineError
from ocr_pipeline.storage.ledger import Arrival, Sender

_log = logging.getLogger(__name__)


class Submission(NamedTuple):
    batch: str
    ids: list[str]
    files: list[str]
    launched: bool
    """Whether a run was launched; else the inbox sensor finds the batch in the ledger and launches it later."""


async def submit(backends: Backends, uploads: Sequence[UploadFile], sender: Sender, queue: str) -> Submission:
    """Enters the files as one batch and launches its run. Once this returns, none of them can get lost."""
    arrivals: list[Arrival] = await run_in_threadpool(store_files, backends.store, uploads)
    batch, ids = await run_in_threadpool(backends.ledger.register_batch, arrivals, sender)
    launched = await _launch(backends, batch, queue)
    return Submission(batch, ids, [arrival.file for arrival in arrivals], launched)


async def _launch(backends: Backends, batch: str, queue: str) -> bool:
    try:
        await backends.launcher.launch(batch, queue)
    except PipelineError as error:
        # Where this fails too, the sensor takes the batch all the same, only later.
        with suppress(SQLAlchemyError):
            await run_in_threadpool(backends.ledger.hand_over, batch)
        _log.warning("Batch %s waits for the inbox sensor: %s %s", batch, error.message, error.__cause__ or "")
        return False
    return True
