from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance

from ocr_pipeline.orchestration.resources import Services as ServicesResource
from ocr_pipeline_tests.conftest import Services
from ocr_pipeline_tests.orchestration.batch_runs import Batches
from ocr_pipeline_tests.orchestration.conftest import resource

__all__ = ["resource"]

_DAGSTER = """
storage:
  custom:
    module: ocr_pipeline.orchestration.run_storage
    class: PooledPostgresStorage
    config:
      postgres_url: {url}
telemetry:
  enabled: false
"""


@pytest.fixture
def instance(services: Services, tmp_path: Path) -> Iterator[DagsterInstance]:
    """One whose tables are where `explain` and `status` look for them."""
    home = tmp_path / "dagster"
    home.mkdir()
    url = services.settings.database_url.get_secret_value()
    (home / "dagster.yaml").write_text(_DAGSTER.format(url=url), encoding="utf-8")
    with DagsterInstance.from_config(str(home)) as instance:
        instance.wipe()
        instance.wipe_all_schedules()
        yield instance


@pytest.fixture
def batches(resource: ServicesResource, instance: DagsterInstance, tmp_path: Path) -> Batches:
    return Batches(resource, instance, tmp_path)
