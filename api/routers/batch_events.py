"""Batches as they change: server-sent events."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy.exc import SQLAlchemyError

from api import examples
from api.access.auth import Reader
from api.backends import FromApp
from api.batches import examples as batch_examples
from api.batches.access import LOOK_AGAIN_SECONDS, OwnBatch, find, state
from api.batches.schemas import BatchState, LastEventId
from api.problems import documented
from ocr_pipeline.errors import PipelineError
from ocr_pipeline.tokens import READ

router = APIRouter(tags=["batches"])

_RETRY_MILLISECONDS = 1000
_PAUSE_SECONDS = 0.2
"""Between two events: a batch of small files changes more often than anybody can look."""


@router.get(
    "/batches/{batch}/events",
    summary="Follow a batch by events",
    description=batch_examples.GET_EVENTS,
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "The events `progress` and `done`",
            "content": {"text/event-stream": {"example": batch_examples.EVENT}},
        },
        **documented(*examples.always(READ), *examples.lookup("batch", examples.BATCH)),
    },
)
async def get_batch_events(
    found: OwnBatch, caller: Reader, backends: FromApp, last_event_id: LastEventId = None
) -> AsyncIterator[ServerSentEvent]:
    end = time.monotonic() + backends.settings.wait_seconds
    # Whoever leaves ends this function where it waits, and with it the listening.
    with backends.results.batch_bell(found.key) as bell:
        while True:
            try:
                # Listen first, look second: what happens in between rings the bell.
                now = await state(backends, await find(backends, caller.tenant, found.key))
            except (PipelineError, SQLAlchemyError):
                return  # The client connects again, and is answered what is wrong.
            event = _event(now)
            if now.done or event.id != last_event_id:
                yield event
                last_event_id = event.id
            if now.done or time.monotonic() >= end:
                return
            await asyncio.sleep(_PAUSE_SECONDS)
            await bell.wait(LOOK_AGAIN_SECONDS)


def _event(now: BatchState) -> ServerSentEvent:
    """Its id is that of the state it tells: the same state is told once."""
    data = now.model_dump_json()
    id_ = hashlib.sha256(data.encode()).hexdigest()[:16]
    return ServerSentEvent(event="done" if now.done else "progress", raw_data=data, id=id_, retry=_RETRY_MILLISECONDS)
