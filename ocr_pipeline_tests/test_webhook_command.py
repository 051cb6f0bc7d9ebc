import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ocr_pipeline.cli import app
from ocr_pipeline.settings import get_settings

SECRET = "a secret of the tests, longer than 32 bytes"


@pytest.fixture(autouse=True)
def settings_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OCR_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def run(*arguments: str, **environment: str) -> tuple[int, str]:
    get_settings.cache_clear()
    result = CliRunner().invoke(app, ["webhook-secret", *arguments], env={"COLUMNS": "400", **environment})
    return result.exit_code, (result.stdout or result.stderr).strip()


def test_each_tenant_has_a_secret_of_its_own() -> None:
    code, ours = run(OCR_JWT_SECRET=SECRET)
    assert code == 0
    assert ours.startswith("whsec_")
    assert len(base64.b64decode(ours.removeprefix("whsec_"))) == 32
    assert run("--tenant", "default", OCR_JWT_SECRET=SECRET) == (0, ours)
    others = {
        run("--tenant", "other", OCR_JWT_SECRET=SECRET)[1],
        run(OCR_JWT_SECRET=SECRET[::-1])[1],
        run(OCR_JWT_SECRET=SECRET, OCR_WEBHOOK_SECRET="w" * 32)[1],
    }
    assert len(others | {ours}) == 4


def test_its_own_setting_comes_before_that_of_the_tokens() -> None:
    own = run(OCR_JWT_SECRET=SECRET, OCR_WEBHOOK_SECRET="w" * 32)
    assert own == run(OCR_JWT_SECRET=SECRET[::-1], OCR_WEBHOOK_SECRET="w" * 32)
    assert own == run(OCR_JWT_ALGORITHM="RS256", OCR_WEBHOOK_SECRET="w" * 32)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"OCR_WEBHOOK_SECRET": "short"}, "OCR_WEBHOOK_SECRET is not valid: it must have at least 32 bytes"),
        ({"OCR_JWT_ALGORITHM": "ES256", "OCR_JWT_SECRET": SECRET}, "OCR_WEBHOOK_SECRET is not valid: it is not set"),
        ({}, "No stack is running"),
    ],
)
def test_what_is_missing_is_said(environment: dict[str, str], message: str) -> None:
    code, said = run(**environment)
    assert code == 1
    assert message in said
