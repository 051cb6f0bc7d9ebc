"""What the image has in DAGSTER_HOME, read by Dagster itself."""

import importlib.resources
import re
from pathlib import Path

from ocr_pipeline.settings import Settings
from ocr_pipeline_tests.conftest import Services
from ocr_pipeline_tests.deploy.files import run

_PARTS = """
from dagster import DagsterInstance
instance = DagsterInstance.get()
print(*(type(part).__name__ for part in (instance.run_launcher, instance.compute_log_manager)))
"""


def test_dagster_makes_an_instance_of_it(services: Services, tmp_path: Path) -> None:
    for name in ("dagster.yaml", "workspace.yaml"):
        (tmp_path / name).write_bytes((importlib.resources.files("ocr_pipeline.local") / name).read_bytes())

    found = run("dagster", "instance", "info", DAGSTER_HOME=str(tmp_path), **_environment(services.settings))

    assert found.returncode == 0, found.stderr
    # Parts that are not made before they are needed.
    parts = run("python", "-c", _PARTS, DAGSTER_HOME=str(tmp_path), **_environment(services.settings))
    assert parts.stdout.split() == ["WarmWorkerRunLauncher", "S3ComputeLogManager"], parts.stderr
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
