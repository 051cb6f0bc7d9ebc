import json
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from typer.testing import CliRunner, Result

from ocr_pipeline.cli import app
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage import schema
from ocr_pipeline.tokens import ADMIN, READ, WRITE, verify_token
from ocr_pipeline_tests.conftest import Services

SECRET = "of the tests and longer than 32 bytes"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("OCR_JWT_SECRET", SECRET)
    monkeypatch.setenv("OCR_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "400")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def database(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_DATABASE_URL", services.settings.database_url.get_secret_value())
    with services.engine.begin() as connection:
        connection.execute(schema.tokens.delete())


def _run(*arguments: str) -> Result:
    get_settings.cache_clear()
    return CliRunner().invoke(app, ["token", *arguments])


def _made(*arguments: str) -> str:
    result = _run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout.strip()


@pytest.mark.parametrize("command", [(), ("create",)])
def test_token_is_signed_with_the_setting(command: tuple[str, ...]) -> None:
    made = _made(*command, "--subject", "me", "--scope", "ocr:read", "--scope", "review", "--hours", "1")
    claims = jwt.decode(made, SECRET, algorithms=["HS256"])
    assert (claims["sub"], claims["scope"]) == ("me", "ocr:read review")
    assert claims["exp"] - claims["iat"] == 3600


def test_without_options_it_reads_and_writes_what_belongs_to_nobody_in_particular() -> None:
    claims = verify_token(_made(), SECRET)
    assert claims.scopes == {READ, WRITE}
    assert (claims.subject, claims.tenant, claims.webhook) == ("local", "default", None)


def test_tenant_and_webhook_are_in_the_token() -> None:
    made = _made("create", "--tenant", "acme", "--webhook", "https://acme.example/hook", "--scope", ADMIN)
    claims = verify_token(made, SECRET)
    assert (claims.tenant, claims.webhook) == ("acme", "https://acme.example/hook")


@pytest.mark.parametrize(
    ("arguments", "changes", "said"),
    [
        (["--tenant", "a b"], {}, "a tenant has 1 to 64 letters, digits, - and _"),
        (["--subject", ""], {}, "a subject has 1 to 255 characters"),
        ([], {"OCR_JWT_SECRET": ""}, "No stack is running"),
        ([], {"OCR_JWT_SECRET": "short"}, "OCR_JWT_SECRET is not valid: it must have at least 32 bytes"),
        ([], {"OCR_JWT_ALGORITHM": "RS256"}, "made by the issuer"),
        (["list"], {}, "No stack is running"),
        (["revoke", "x"], {}, "No stack is running"),
        (["list"], {"OCR_DATABASE_URL": "postgresql://me:hush@127.0.0.1:1/d"}, "127.0.0.1:1 cannot be reached"),
    ],
)
def test_what_cannot_be_done_is_explained(
    arguments: list[str], changes: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    result = _run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert "hush" not in result.stderr
    assert "Traceback" not in result.stderr


def test_token_is_made_all_the_same_when_the_database_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_DATABASE_URL", "postgresql://me:hush@127.0.0.1:1/d")
    result = _run()
    assert result.exit_code == 0
    assert verify_token(result.stdout.strip(), SECRET).subject == "local"
    assert "cannot be revoked: The table of tokens at 127.0.0.1:1 cannot be reached" in result.stderr
    assert "hush" not in result.stderr


@pytest.mark.usefixtures("database")
def test_tokens_are_listed_and_revoked() -> None:
    first, second, third = (
        verify_token(_made("--subject", subject, "--tenant", "acme"), SECRET) for subject in ("a", "b", "b")
    )
    listed = [json.loads(line) for line in _run("list", "--json").stdout.splitlines()]
    assert [token["id"] for token in listed] == [third.token_id, second.token_id, first.token_id]
    assert (listed[2]["subject"], listed[2]["tenant"], listed[2]["scopes"]) == ("a", "acme", "ocr:read ocr:write")
    assert listed[2]["revoked_at"] is None
    assert str(first.token_id) in _run("list").stdout

    revoked = _run("revoke", str(first.token_id))
    assert (revoked.exit_code, revoked.stdout.split()) == (0, [first.token_id])
    assert set(_run("revoke", "--subject", "b").stdout.split()) == {second.token_id, third.token_id}
    assert all(json.loads(line)["revoked_at"] for line in _run("list", "--json").stdout.splitlines())


@pytest.mark.usefixtures("database")
def test_unknown_token_cannot_be_revoked() -> None:
    result = _run("revoke", "made-up")
    assert result.exit_code == 1
    assert "There is no valid token made-up" in result.stderr
    assert _run("revoke").exit_code == 2
