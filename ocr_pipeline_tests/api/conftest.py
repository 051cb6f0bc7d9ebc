from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from ocr_pipeline.settings import Settings
from ocr_pipeline.tokens import READ, WRITE, create_token
from ocr_pipeline_tests.api.servers import KeptApi, StandInDagster, running_api
from ocr_pipeline_tests.conftest import Services

SECRET = "a secret of the tests, longer than 32 bytes"


@pytest.fixture(scope="module")
def kept_dagster(services: Services) -> Iterator[StandInDagster]:
    with StandInDagster(services.settings.redis_url.get_secret_value()) as dagster:
        yield dagster


@pytest.fixture
def dagster(kept_dagster: StandInDagster) -> StandInDagster:
    kept_dagster.forget()
    return kept_dagster


@pytest.fixture
def settings(services: Services, dagster: StandInDagster) -> Settings:
    return services.settings.model_copy(update={"dagster_url": dagster.url, "jwt_secret": SecretStr(SECRET)})


@pytest.fixture
def token(request: pytest.FixtureRequest) -> str:
    """One that may do all; each test is a subject of its own, so none uses up another's requests."""
    return create_token(request.node.name[:200], [READ, WRITE], timedelta(minutes=5), SECRET)


@pytest.fixture(scope="module")
def kept_api() -> Iterator[KeptApi]:
    kept = KeptApi()
    yield kept
    kept.stop()


@pytest.fixture
def serve(settings: Settings, token: str, kept_api: KeptApi) -> Iterator[Callable[..., httpx.Client]]:
    """Serves the API with some settings changed, and no other; returns a client that sends the token."""
    kept_api.stop()
    with ExitStack() as stack:

        def start(**changes: Any) -> httpx.Client:
            url = stack.enter_context(running_api(settings.model_copy(update=changes)))
            return stack.enter_context(_client(url, token))

        yield start


@pytest.fixture
def api(settings: Settings, token: str, kept_api: KeptApi) -> Iterator[httpx.Client]:
    """The API with the settings of the tests; a module's tests share the service."""
    with _client(kept_api.url(settings), token) as client:
        yield client


def _client(url: str, token: str) -> httpx.Client:
    # Reading the certificates of the world takes longer than most requests, and nothing here is encrypted.
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30, verify=False)
