from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance

from ocr_pipeline.orchestration.resources import Services as ServicesResource
from ocr_pipeline.settings import get_settings
from ocr_pipeline_tests.orchestration.jobs.web_server import WebServer


@pytest.fixture(scope="session")
def dagster_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dagster")


@pytest.fixture(scope="session")
def web_server(own_environment: None, dagster_home: Path) -> Iterator[WebServer]:
    """Dagster's web server, with our definitions, over an instance of its own."""
    with DagsterInstance.local_temp(str(dagster_home)) as instance, WebServer(instance) as server:
        yield server


@pytest.fixture
def instance(web_server: WebServer, resource: ServicesResource, monkeypatch: pytest.MonkeyPatch) -> DagsterInstance:
    """The web server's; the settings lead to it."""
    monkeypatch.setenv("OCR_DAGSTER_URL", web_server.url)
    get_settings.cache_clear()
    return web_server.instance
