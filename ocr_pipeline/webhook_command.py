"""`ocr-pipeline webhook-secret`."""

from typing import Annotated

import typer
from pydantic import SecretStr

from ocr_pipeline import webhook_secret as secrets
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local.commands import explained
from ocr_pipeline.local.stack import Stack
from ocr_pipeline.settings import Settings, get_settings


def webhook_secret(tenant: Annotated[str, typer.Option(help="Whose receiver is to check.")] = "default") -> None:
    """Print the secret by which a tenant's receiver checks that webhooks are from here."""
    with explained():
        settings = get_settings()
        secret = secrets.webhook_secret(settings, tenant) or secrets.webhook_secret(_of_stack(settings), tenant)
        if secret is None:
            raise PipelineError(ErrorCode.INVALID_SETTING, name="OCR_WEBHOOK_SECRET", detail="it is not set")
    typer.echo(secret)


def _of_stack(settings: Settings) -> Settings:
    """With the token secret that the local stack made. Raises PipelineError(STACK_NOT_RUNNING)."""
    if settings.jwt_algorithm != "HS256":
        return settings
    secret = SecretStr(Stack(settings).environment()["OCR_JWT_SECRET"])
    return settings.model_copy(update={"jwt_secret": secret})
