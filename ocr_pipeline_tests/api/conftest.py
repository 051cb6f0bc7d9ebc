from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from ocr_pipeline.settings import Settings
from ocr_pipeline.tokens import READ, WRITE, create_token
from ocr_pipeline_tests.api.servers import StandInDagster, running_api
from ocr_pipeline_tests.conftest import Services

SECRET = "a secret of the tests, longer than 32 bytes"


@pytest.fixture
def dagster(services: Services) -> Iterator[StandInDagster]:
    with StandInDagster(services.settings.redis_url.get_secret_value()) as dagster:
        yield dagster


@pytest.fixture
def settings(services: Services, dagster: StandInDagster) -> Settings:
    return services.settings.model_copy(update={"dagster_url": dagster.url, "jwt_secret": SecretStr(SECRET)})


@pytest.fixture
def token(request: pytest.FixtureRequest) -> str:
    """One that may do all; each test is a subject of its own, so none uses up another's requests."""
    return create_token(request.node.name[:200], [READ, WRITE], timedelta(minutes=5), SECRET)


@pytest.fixture
def serve(settings: Settings, token: str) -> Iterator[Callable[..., httpx.Client]]:
    """Serves the API with some settings changed; returns a client that sends the token."""
    with ExitStack() as stack:

        def start(**changes: Any) -> httpx.Client:
            url = stack.enter_context(running_api(settings.model_copy(update=changes)))
            headers = {"Authorization": f"Bearer {token}"}
            return stack.enter_context(httpx.Client(base_url=url, headers=headers, timeout=30))

        yield start


@pytest.fixture
def api(serve: Callable[..., httpx.Client]) -> httpx.Client:
    return serve()
