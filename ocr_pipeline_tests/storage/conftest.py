import pytest
from sqlalchemy import Engine

from ocr_pipeline.storage.objects import ObjectStore, open_store
from ocr_pipeline_tests.conftest import Services


@pytest.fixture
def engine(services: Services) -> Engine:
    return services.engine


@pytest.fixture(scope="session")
def store(services: Services) -> ObjectStore:
    return open_store(services.settings)
