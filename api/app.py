"""The REST service. `uvicorn api.app:app` serves it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, TypedDict

from fastapi import FastAPI

from api import problems
from api.backends import Backends, open_backends
from api.routers import batches, documents, health
from ocr_pipeline.settings import Settings, get_settings
from ocr_pipeline.tokens import check_secret

_DESCRIPTION = """Documents in, validated records out, with the words and the box that every value was read from.

Send a bearer token with every request; `ocr-pipeline token` makes one. Every error is a problem document (RFC 9457)
whose `code` is stable, whose `detail` says what happened and whose `advice` says what to do.
"""


class _State(TypedDict):
    backends: Backends


class _Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """FastAPI describes every answer as plain JSON; errors are problem documents."""
        is_new = self.openapi_schema is None
        schema = super().openapi()
        if is_new:
            for operation in (operation for path in schema["paths"].values() for operation in path.values()):
                for status, response in operation["responses"].items():
                    if status >= "400":
                        response["content"] = {problems.MEDIA_TYPE: response["content"]["application/json"]}
        return schema


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service with these settings, by default those of the environment, which are read at start-up."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[_State]:
        chosen = settings or get_settings()
        check_secret(chosen.jwt_secret.get_secret_value())
        async with open_backends(chosen) as backends:
            yield {"backends": backends}

    app = _Api(
        title="OCR pipeline",
        version=version("ocr-pipeline"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
    )
    problems.add_handlers(app)
    for router in (documents.router, batches.router, health.router):
        app.include_router(router)
    return app


app = create_app()
