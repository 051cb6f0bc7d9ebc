"""Work in a process beside the API: what takes long, much memory, or libraries that may crash."""

import asyncio
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import anyio.to_process
from anyio import BrokenWorkerProcess, CapacityLimiter
from fastapi import Request

from ocr_pipeline.errors import ErrorCode, PipelineError

_SECONDS = 120
"""For one answer, the wait for a free process among them."""
_LOOK_SECONDS = 0.5
_processes = CapacityLimiter(2)
"""At most; each is started when it is needed, kept for the next, and ends with this one."""

Given = TypeVarTuple("Given")
Made = TypeVar("Made")


class CallerLeft(Exception):  # noqa: N818 - it says what happened
    """Nobody waits for the answer any more."""


async def beside(request: Request, work: Callable[[*Given], Made], *given: *Given) -> Made:
    """What `work`, a function of a module, returns or raises; what is given and returned is pickled.

    The process is killed when the caller leaves, which raises CallerLeft, and when it takes too long, which raises
    PipelineError(SERVICE_UNAVAILABLE). Raises PipelineError(PROCESSING_FAILED) where it dies by itself.
    """
    job = asyncio.create_task(anyio.to_process.run_sync(work, *given, cancellable=True, limiter=_processes))
    left = asyncio.create_task(_has_left(request))
    try:
        done, _ = await asyncio.wait({job, left}, timeout=_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if job in done:
            return job.result()
        if left in done:
            raise CallerLeft
        raise PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part="A free process for files and pictures")
    except BrokenWorkerProcess as error:
        detail = "the process that made the file died"
        raise PipelineError(ErrorCode.PROCESSING_FAILED, stage="export", detail=detail) from error
    finally:
        job.cancel()
        left.cancel()
        await asyncio.gather(job, left, return_exceptions=True)


async def _has_left(request: Request) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(_LOOK_SECONDS)
