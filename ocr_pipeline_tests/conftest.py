import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine

from ocr_pipeline.local.applications import Applications
from ocr_pipeline.local.stack import Stack
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.database import get_engine, migrate
from ocr_pipeline.storage.ledger import Ledger

pytest_plugins = ("ocr_pipeline_tests.running_stack",)

_ONLY_SERVERS = Applications(prepare=lambda plan: migrate(plan.database_url), programs=lambda _: ())


@dataclass(frozen=True)
class Services:
    """Postgres with our tables, Redis, and S3 with the bucket; `settings` says where."""

    settings: Settings

    @property
    def engine(self) -> Engine:
        return get_engine(self.settings.database_url.get_secret_value())


@pytest.fixture(scope="session", autouse=True)
def own_environment() -> Iterator[None]:
    """Keeps the settings of the developer's shell out of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("OCR_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def services(own_environment: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("services"), dagster_port=0, api_port=0)
    stack = Stack(settings, _ONLY_SERVERS)
    stack.up()
    try:
        services = Services(Settings.of(stack.environment()))
        yield services
        services.engine.dispose()
    finally:
        stack.down()


@pytest.fixture
def ledger(services: Services) -> Ledger:
    """An empty one; the tables that hang on it are empty too."""
    with services.engine.begin() as connection:
        # On tables of a few rows a hundred times faster than TRUNCATE, which makes new files; the rest cascades.
        connection.execute(schema.deliveries.delete())
        connection.execute(schema.ledger.delete())
        connection.execute(schema.batches.delete())
    return Ledger(services.engine)
