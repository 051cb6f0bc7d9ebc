"""Services that the settings place elsewhere, looked at when the stack starts."""

from pathlib import Path

import pytest

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local import plan
from ocr_pipeline.local.applications import PIPELINE
from ocr_pipeline.local.folders import Folders
from ocr_pipeline.settings import Settings
from ocr_pipeline_tests.conftest import Services

_NAMES = ("database_url", "redis_url", "s3_endpoint", "s3_access_key", "s3_secret_key", "s3_bucket")


def _prepare(services: Services, data_dir: Path, **changed: str) -> None:
    """As the start of a stack whose servers are all elsewhere does, but for what is `changed`."""
    values = {name: getattr(services.settings, name) for name in _NAMES} | changed
    settings = Settings.model_validate({"data_dir": data_dir, "dagster_port": 0, "api_port": 0, **values})
    folders = Folders(data_dir)
    folders.prepare()
    PIPELINE.prepare(plan.make(settings, folders))


def test_services_that_answer_are_taken(services: Services, tmp_path: Path) -> None:
    _prepare(services, tmp_path)
    assert (tmp_path / "dagster" / "dagster.yaml").exists()


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("database_url", "postgresql://me:hush@127.0.0.1:1/d", "The database at 127.0.0.1:1 (Connection refused)"),
        ("redis_url", "redis://:hush@127.0.0.1:1/0", "Redis at 127.0.0.1:1 ("),
        ("s3_endpoint", "http://127.0.0.1:1", "S3 at http://127.0.0.1:1 cannot"),
        ("s3_secret_key", "hush", "The bucket documents at http://127.0.0.1:"),
        ("dagster_url", "http://127.0.0.1:1", "Dagster at http://127.0.0.1:1"),
    ],
)
def test_a_service_that_does_not_answer_is_named(
    services: Services, tmp_path: Path, setting: str, value: str, said: str
) -> None:
    with pytest.raises(PipelineError) as caught:
        _prepare(services, tmp_path, **{setting: value})
    assert caught.value.code is ErrorCode.SERVICE_UNAVAILABLE
    assert said in caught.value.message
    assert "hush" not in caught.value.message


def test_a_wrong_password_is_told_in_postgres_words(services: Services, tmp_path: Path) -> None:
    url = services.engine.url.set(password="hush").render_as_string(hide_password=False)
    with pytest.raises(PipelineError, match="password authentication failed") as caught:
        _prepare(services, tmp_path, database_url=url)
    assert "hush" not in caught.value.message


def test_a_bucket_that_is_missing_is_named(services: Services, tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"OCR_S3_BUCKET is not valid: .* has no bucket nowhere") as caught:
        _prepare(services, tmp_path, s3_bucket="nowhere")
    assert caught.value.code is ErrorCode.INVALID_SETTING
