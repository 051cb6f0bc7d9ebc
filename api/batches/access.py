"""Which batches a caller may see, and how far they are."""

import time
from contextlib import suppress
from typing import Annotated

import redis
from fastapi import Depends
from fastapi.concurrency import run_in_threadpool

from api.access.auth import Reader
from api.backends import Backends, FromApp
from api.batches.schemas import BatchState, BatchSummary, StageProgress
from api.schemas import Key
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.batch_status import BatchOverview, find_batch, is_finished

LOOK_AGAIN_SECONDS = 1.0
"""A bell that is lost, as while Redis is away, costs so much time."""


async def find(backends: Backends, tenant: str, batch: str) -> BatchOverview:
    """The tenant's batch. Raises PipelineError(NOT_FOUND)."""
    found = await run_in_threadpool(find_batch, backends.engine, tenant, batch)
    if found is None:
        raise PipelineError(ErrorCode.NOT_FOUND, kind="batch", id=batch)
    return found


async def _own(batch: Key, caller: Reader, backends: FromApp) -> BatchOverview:
    return await find(backends, caller.tenant, batch)


OwnBatch = Annotated[BatchOverview, Depends(_own)]
"""A route's parameter: the caller's batch. Answers NOT_FOUND for none of the caller's."""


async def wait_until_finished(backends: Backends, batch: str, seconds: float) -> None:
    """Returns as soon as the batch is finished, or after so many seconds."""
    end = time.monotonic() + seconds
    with backends.results.batch_bell(batch) as bell:
        # Listen first, look second: what happens in between rings the bell.
        while (left := end - time.monotonic()) > 0 and not await run_in_threadpool(is_finished, backends.engine, batch):
            await bell.wait(min(left, LOOK_AGAIN_SECONDS))


def summary(found: BatchOverview) -> BatchSummary:
    return BatchSummary(
        batch=found.key,
        closed_at=found.closed_at,
        finished_at=found.finished_at,
        done=found.finished_at is not None,
        counts=found.counts,
    )


async def state(backends: Backends, found: BatchOverview) -> BatchState:
    """How far the run is, is asked in Redis, and not known while that is away."""
    progress = None
    if found.finished_at is None:
        with suppress(redis.RedisError):
            progress = await backends.results.progress(found.key)
    told = None if progress is None else StageProgress(**progress._asdict())
    return BatchState(**summary(found).model_dump(), progress=told)
