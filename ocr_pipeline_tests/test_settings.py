from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.settings import Settings, get_settings

SECRETS = {name: SecretStr(f"hush-{name}") for name in ("redis_url", "s3_secret_key", "jwt_secret")} | {
    "database_url": SecretStr("postgresql://me:hush@127.0.0.1/documents")
}


@pytest.fixture(autouse=True)
def read_anew() -> Iterator[None]:
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def test_the_environment_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_BATCH_SIZE", "7")
    monkeypatch.setenv("OCR_PDF_TEXT_LAYER", "false")
    monkeypatch.setenv("OCR_JWT_SECRET", "from the environment")
    settings = get_settings()
    assert (settings.batch_size, settings.pdf_text_layer) == (7, False)
    assert settings.jwt_secret.get_secret_value() == "from the environment"
    assert settings.max_pages == 500
    assert get_settings() is settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OCR_BATCH_SIZE", "0"),
        ("OCR_BATCH_SIZE", ""),
        ("OCR_MAX_PAGES", "many"),
        ("OCR_RECOGNITION_ENGINE", "tesseract"),
        ("OCR_API_PORT", "70000"),
    ],
)
def test_an_invalid_value_is_told_with_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(PipelineError, match=f"The setting {name} is not valid: [A-Z]") as caught:
        get_settings()
    assert caught.value.code is ErrorCode.INVALID_SETTING


def test_secrets_are_not_shown() -> None:
    settings = Settings.model_validate(SECRETS)
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert "hush" not in shown
    assert settings.jwt_secret.get_secret_value() == "hush-jwt_secret"


def test_secrets_may_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ocr_jwt_secret").write_text("from a file\n")
    (tmp_path / "ocr_s3_secret_key").write_text("from a file")
    monkeypatch.setenv("OCR_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("OCR_S3_SECRET_KEY", "from the environment")
    settings = get_settings()
    assert settings.jwt_secret.get_secret_value() == "from a file"
    assert settings.s3_secret_key.get_secret_value() == "from the environment"


def test_settings_of_another_process() -> None:
    settings = Settings.of({"OCR_BATCH_SIZE": "3", "OCR_API_URL": "http://127.0.0.1:1", "HOME": "/root"})
    assert (settings.batch_size, settings.max_files) == (3, 500)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_the_usual_forms_of_a_postgres_url_get_the_driver_that_is_there(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("OCR_DATABASE_URL", f"{scheme}://me:p%40ss@db:5433/documents?sslmode=require")
    url = get_settings().database_url.get_secret_value()
    assert url == "postgresql+psycopg2://me:p%40ss@db:5433/documents?sslmode=require"


@pytest.mark.parametrize(
    "url", ["mysql://me:hush@db/d", "postgresql+asyncpg://me:hush@db/d", "db:5432/hush", "postgres://me:hush@db:port/d"]
)
def test_another_database_url_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("OCR_DATABASE_URL", url)
    with pytest.raises(PipelineError, match="OCR_DATABASE_URL is not valid: It must have the form") as caught:
        get_settings()
    assert caught.value.code is ErrorCode.INVALID_SETTING
    assert "hush" not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize(
    ("prefix", "why"),
    [
        ("", "end with '/'"),
        ("/", "end with '/'"),
        ("s", "end with '/'"),
        ("inbox", "end with '/'"),
        ("stages/", "own output"),
        ("originals/", "own output"),
        ("uploads/today/", "own output"),
        ("compute-logs/", "own output"),
    ],
)
def test_an_inbox_over_the_pipelines_own_folders_is_refused(
    monkeypatch: pytest.MonkeyPatch, prefix: str, why: str
) -> None:
    monkeypatch.setenv("OCR_S3_INBOX_PREFIX", prefix)
    with pytest.raises(PipelineError, match=f"OCR_S3_INBOX_PREFIX is not valid: [A-Z].*{why}") as caught:
        get_settings()
    assert caught.value.code is ErrorCode.INVALID_SETTING


def test_an_inbox_anywhere_else_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_S3_INBOX_PREFIX", "scans/stages/")
    assert get_settings().s3_inbox_prefix == "scans/stages/"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OCR_GPU_STAGES", "ocr_text,reading", "There is no stage 'reading'"),
        ("OCR_HOST", "0.0.0.0", "the one address under which other hosts reach this machine"),
        ("OCR_HOST", "myhost", "an IPv4 address of this machine"),
    ],
)
def test_what_is_wrong_is_told(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(PipelineError, match=f"The setting {name} is not valid: .*{said}"):
        get_settings()


def test_stages_may_have_spaces_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_GPU_STAGES", "ocr_text, structured_records")
    assert get_settings().gpu_stages == "ocr_text,structured_records"
