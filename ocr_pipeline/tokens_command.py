"""`ocr-pipeline token [create | list | revoke]`."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import uuid4

import typer
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local.commands import explained
from ocr_pipeline.local.stack import Stack
from ocr_pipeline.settings import Settings, get_settings

if TYPE_CHECKING:
    from ocr_pipeline.storage.token_store import TokenStore

T = TypeVar("T")

_CONNECT_SECONDS = 5


class _CreateUnlessTold(TyperGroup):
    """`ocr-pipeline token --hours 1` is `ocr-pipeline token create --hours 1`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        is_bare = not args or (args[0].startswith("-") and args[0] != "--help")
        return super().parse_args(ctx, ["create", *args] if is_bare else args)


token = typer.Typer(cls=_CreateUnlessTold, help="Make a bearer token for the API; list and revoke those made.")


@token.command()
def create(
    subject: Annotated[str, typer.Option(help="Who the token is for.")] = "local",
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="What it allows: ocr:read, ocr:write, review or admin; repeat for several.",
            show_default="ocr:read and ocr:write",
        ),
    ] = None,
    hours: Annotated[float, typer.Option(help="How long it is valid.")] = 24.0,
    tenant: Annotated[str, typer.Option(help="Whose documents it opens.")] = "default",
    webhook: Annotated[str | None, typer.Option(help="Where to tell of every document that is sent with it.")] = None,
) -> None:
    """Make a token, signed with OCR_JWT_SECRET or the local stack's secret, and print it."""
    # Imported here, as below: they load libraries that other commands do not wait for.
    from ocr_pipeline.storage.token_store import MadeToken
    from ocr_pipeline.tokens import READ, WRITE, Terms, create_token

    now = datetime.now(UTC)
    lifetime = timedelta(hours=hours)
    scopes = scope or [READ, WRITE]
    made = MadeToken(uuid4().hex, subject, tenant, " ".join(scopes), now, now + lifetime, None)
    with explained():
        settings = get_settings()
        secret = settings.jwt_secret.get_secret_value() or Stack(settings).environment()["OCR_JWT_SECRET"]
        text = create_token(
            *(subject, scopes, lifetime, secret),
            tenant=tenant,
            webhook=webhook,
            token_id=made.id,
            terms=Terms.of(settings),
        )
        if url := _database_url(settings):
            try:
                _in_store(url, lambda store: store.enter(made))
            except PipelineError as error:
                warning = f"The token is good, but it is in no list and cannot be revoked: {error.message}"
                Console(stderr=True).print(warning, style="yellow", markup=False, highlight=False)
    typer.echo(text)


@token.command("list")
def list_tokens(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line and token.")] = False,
) -> None:
    """Show the tokens that were made here and have not expired."""
    with explained():
        found = _in_store(_needed_database_url(), lambda store: store.all())
    table = Table("id", "subject", "tenant", "scopes", "expires", "revoked")
    for made in found:
        if as_json:
            typer.echo(json.dumps(made._asdict(), default=datetime.isoformat, ensure_ascii=False))
        times = (f"{time:%Y-%m-%d %H:%M}" if time else "" for time in (made.expires_at, made.revoked_at))
        table.add_row(made.id, made.subject, made.tenant, made.scopes, *times)
    if not as_json:
        Console().print(table)


@token.command()
def revoke(
    token_id: Annotated[str | None, typer.Argument(metavar="ID", help="Of one token, as `list` shows it.")] = None,
    subject: Annotated[str | None, typer.Option(help="Revoke all tokens of this subject.")] = None,
) -> None:
    """Make tokens worthless, within seconds and for good."""
    if (token_id is None) == (subject is None):
        message = "Name either the ID of a token or a --subject."
        raise typer.BadParameter(message)
    with explained():
        revoked = _in_store(_needed_database_url(), lambda store: store.revoke(token_id, subject))
        if token_id is not None and not revoked:
            raise PipelineError(ErrorCode.NOT_FOUND, kind="valid token", id=token_id)
    for id_ in revoked:
        typer.echo(id_)


def _database_url(settings: Settings) -> str:
    """Empty where nobody speaks of a database."""
    if configured := settings.database_url.get_secret_value():
        return configured
    try:
        return Stack(settings).environment()["OCR_DATABASE_URL"]
    except PipelineError:
        return ""


def _needed_database_url() -> str:
    """Raises PipelineError(STACK_NOT_RUNNING)."""
    settings = get_settings()
    return settings.database_url.get_secret_value() or Stack(settings).environment()["OCR_DATABASE_URL"]


def _in_store(url: str, action: "Callable[[TokenStore], T]") -> T:
    """Raises PipelineError(SERVICE_UNAVAILABLE)."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError

    from ocr_pipeline.storage.token_store import TokenStore

    engine = create_engine(url, connect_args={"connect_timeout": _CONNECT_SECONDS})
    try:
        return action(TokenStore(engine))
    except SQLAlchemyError as error:
        place = f"{engine.url.host or 'localhost'}:{engine.url.port or 5432}"
        raise PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part=f"The table of tokens at {place}") from error
    finally:
        engine.dispose()
