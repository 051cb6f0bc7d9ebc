"""The secret of the tokens is changed while clients go on with the tokens they have."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from api.access.jwks import Jwks
from api.access.revocations import Revocations
from api.access.token_verifier import TokenVerifier
from ocr_pipeline.errors import PipelineError
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.token_store import TokenStore
from ocr_pipeline.tokens import READ, check_settings, create_token
from ocr_pipeline_tests.conftest import Services

OLD, NEW, OTHER = (f"{name} secret of at least 32 bytes, as they must have" for name in ("old", "new", "other"))


def subject_of(engine: Engine, token: str, **secrets: str) -> str:
    async def verify() -> str:
        settings = Settings.model_validate({name: SecretStr(value) for name, value in secrets.items()})
        async with httpx.AsyncClient() as client, Revocations(TokenStore(engine)).followed() as revocations:
            return (await TokenVerifier(settings, Jwks("", client), revocations).verify(token)).subject

    return asyncio.run(verify())


def token(secret: str, hours: int = 1) -> str:
    return create_token("scanner", [READ], timedelta(hours=hours), secret)


def test_tokens_of_both_secrets_count_while_it_is_rotated(services: Services) -> None:
    both = {"jwt_secret": NEW, "jwt_secret_before": OLD}
    for secret in (NEW, OLD):
        assert subject_of(services.engine, token(secret), **both) == "scanner"


@pytest.mark.parametrize(
    ("bad", "secrets"),
    [
        (token(OTHER), {"jwt_secret": NEW, "jwt_secret_before": OLD}),
        (token(OLD, hours=-1), {"jwt_secret": NEW, "jwt_secret_before": OLD}),
        (token(OLD), {"jwt_secret": NEW}),
    ],
    ids=["of neither", "of the old one, expired", "after the rotation"],
)
def test_others_are_refused(services: Services, bad: str, secrets: dict[str, str]) -> None:
    with pytest.raises(PipelineError, match="not valid"):
        subject_of(services.engine, bad, **secrets)


def test_short_secret_before_stops_the_start() -> None:
    with pytest.raises(PipelineError, match="OCR_JWT_SECRET_BEFORE"):
        check_settings(Settings(jwt_secret=SecretStr(NEW), jwt_secret_before=SecretStr("short")))
