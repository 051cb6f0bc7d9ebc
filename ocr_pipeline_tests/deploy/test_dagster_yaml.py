"""What the image has in DAGSTER_HOME, read by Dagster itself."""

import importlib.resources
import re
from pathlib import Path

from ocr_pipeline.settings import Settings
from ocr_pipeline_tests.conftest import Services
from ocr_pipeline_tests.deploy.files import run


def test_dagster_makes_an_instance_of_it(services: Services, tmp_path: Path) -> None:
    for name in ("dagster.yaml", "workspace.yaml"):
        (tmp_path / name).write_bytes((importlib.resources.files("ocr_pipeline.local") / name).read_bytes())

    found = run("dagster", "instance", "info", DAGSTER_HOME=str(tmp_path), **_environment(services.settings))

    assert found.returncode == 0, found.stderr
    for name in ("WarmWorkerRunLauncher", "S3ComputeLogManager", "DefaultRunCoordinator"):
        assert f"class: {name}" in found.stdout
    versions = re.findall(r"current: (\w+)\n\s+latest: (\w+)", found.stdout)
    assert versions
    assert all(current == latest for current, latest in versions)


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "OCR_DATABASE_URL": settings.database_url.get_secret_value(),
        "OCR_REDIS_URL": settings.redis_url.get_secret_value(),
        "OCR_S3_ENDPOINT": settings.s3_endpoint,
        "OCR_S3_BUCKET": settings.s3_bucket,
    }
