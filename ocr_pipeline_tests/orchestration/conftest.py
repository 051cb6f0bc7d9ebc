from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance

from ocr_pipeline.orchestration.resources import Services as ServicesResource
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.objects import open_store
from ocr_pipeline_tests.conftest import Services
from ocr_pipeline_tests.orchestration.batch_runs import Batches


@pytest.fixture
def resource(services: Services, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServicesResource]:
    """The assets' services with an empty ledger and an inbox of their own."""
    settings = services.settings
    for name in ("database_url", "redis_url", "s3_secret_key"):
        monkeypatch.setenv(f"OCR_{name.upper()}", getattr(settings, name).get_secret_value())
    for name in ("s3_endpoint", "s3_access_key", "s3_bucket"):
        monkeypatch.setenv(f"OCR_{name.upper()}", getattr(settings, name))
    monkeypatch.setenv("OCR_BATCH_SIZE", "3")
    monkeypatch.setenv("OCR_BATCH_SECONDS", "0")
    get_settings.cache_clear()
    yield ServicesResource()
    open_store(get_settings()).close()
    get_settings.cache_clear()


@pytest.fixture
def batches(resource: ServicesResource, tmp_path: Path) -> Iterator[Batches]:
    with DagsterInstance.ephemeral() as instance:
        yield Batches(resource, instance, tmp_path)
