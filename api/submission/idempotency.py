"""The header `Idempotency-Key`: a request that is repeated under it is answered with what came of the first."""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated

from fastapi import Header
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from ocr_pipeline.storage.idempotency import Claim, Repeated, claim, release
from ocr_pipeline.tokens import Claims

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]+$",
        max_length=255,
        description="Any text that is new for each new request, such as a UUID. For a day, the same request under the "
        "same key is answered with the same document; another request under it is refused.",
        examples=["8e03978e-40d5-43e8-bc93-6894a57f9324"],
    ),
]
"""A route's parameter."""
REPLAYED = "Idempotent-Replayed"
"""Header of an answer to a repeated request; its value is `true`."""


@asynccontextmanager
async def holding(
    engine: Engine, caller: Claims, key: str | None, request: str
) -> AsyncIterator[Claim | Repeated | None]:
    """The caller's claim to the key, to be settled within; or what came of the same request before; None without a key.

    `request` is what `digest` made of it. A claim that was not settled within is given back. Raises PipelineError with
    IDEMPOTENCY_KEY_REUSED and REQUEST_IN_PROGRESS.
    """
    if key is None:
        yield None
        return
    held = await run_in_threadpool(claim, engine, (caller.tenant, caller.subject, key), request)
    try:
        yield held
    except BaseException:
        if isinstance(held, Claim):
            # Where this fails too, the key is taken over after a while.
            with suppress(SQLAlchemyError):
                await run_in_threadpool(release, engine, held)
        raise


def digest(*parts: object) -> str:
    """Tells a request from others under the same key: its route, and all that it asks for, the files by content."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()
