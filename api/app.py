"""The REST service. `uvicorn api.app:app` serves it."""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TypedDict

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import FastAPI

from api import problems
from api.access.body_limit import BodyLimit
from api.access.gate import Access
from api.backends import Backends, open_backends
from api.observation.middleware import Observation
from api.observation.traces import telemetry
from api.openapi import Api
from api.routers import (
    batch_events,
    batch_results,
    batches,
    deliveries,
    document_files,
    document_list,
    documents,
    health,
)
from api.webhooks.sender import sending
from ocr_pipeline.settings import Settings, get_settings
from ocr_pipeline.tokens import check_settings

_DESCRIPTION = """Documents in, validated records out, with the words and the box that every value was read from.

Send a bearer token with every request; `ocr-pipeline token` makes one. Every error is a problem document (RFC 9457)
whose `code` is stable, whose `detail` says what happened and whose `advice` says what to do.
"""

_DOCUMENTATION = ("/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json")
_REQUEST_ID = re.compile(r"[0-9A-Za-z._-]{1,63}")


class _State(TypedDict):
    backends: Backends


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service with these settings, by default those of the environment, which are read at start-up."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[_State]:
        chosen = settings or get_settings()
        check_settings(chosen)
        # Requests have a log of their own.
        logging.getLogger("uvicorn.access").disabled = True
        async with open_backends(chosen) as backends, sending(backends.engine, chosen):
            yield {"backends": backends}

    app = Api(
        title="OCR pipeline",
        version=version("ocr-pipeline"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        telemetry=telemetry(),
        generate_unique_id_function=lambda route: route.name,
    )
    problems.add_handlers(app)
    # The last one added is the first that a request comes to.
    app.add_middleware(BodyLimit)
    app.add_middleware(Access, open_paths=(*health.PATHS, *_DOCUMENTATION))
    app.add_middleware(Observation)
    app.add_middleware(CorrelationIdMiddleware, validator=lambda id_: bool(_REQUEST_ID.fullmatch(id_)))
    for router in (
        documents.router,
        document_list.router,
        document_files.router,
        batches.router,
        batch_events.router,
        batch_results.router,
        deliveries.router,
        health.router,
    ):
        app.include_router(router)
    return app


app = create_app()
