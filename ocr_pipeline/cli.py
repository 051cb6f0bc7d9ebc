"""The `ocr-pipeline` command."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ocr_pipeline.evaluation.commands import evaluate
from ocr_pipeline.exports.commands import export
from ocr_pipeline.local.commands import down, explained, status, up
from ocr_pipeline.local.demo_command import demo
from ocr_pipeline.local.stack import Stack
from ocr_pipeline.models_command import models
from ocr_pipeline.samples.commands import samples
from ocr_pipeline.settings import get_settings

app = typer.Typer(
    help="Documents in (receipts, invoices, forms, letters), validated records out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(up)
app.command()(down)
app.command()(status)
app.command()(demo)
app.command()(evaluate)
app.command()(export)
app.command()(samples)
app.add_typer(models, name="models")


@app.command()
def process(
    files: Annotated[list[Path], typer.Argument(help="Documents.", exists=True, dir_okay=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line and file.")] = False,
) -> None:
    """Run all stages on files, without the stack."""
    # Imported here: it loads OpenCV, MuPDF and the engines' libraries, which other commands do not wait for.
    from ocr_pipeline.documents.outcome import Outcome
    from ocr_pipeline.pipeline import process as run

    with explained():
        settings = get_settings()
    table = Table("file", "state", "vendor", "date", "total", "why")
    for file in files:
        data = file.read_bytes()
        processed = run(data, file.name, settings)
        outcome = Outcome.of(hashlib.sha256(data).hexdigest(), str(file), processed.result, processed.seconds)
        if as_json:
            pages = processed.text.pages if processed.text else ()
            words = [
                {"page": page.number, **word.model_dump()}
                for page in pages
                for line in page.lines
                for word in line.words
            ]
            text_lines = processed.text.lines if processed.text else []
            answer = {**outcome.model_dump(mode="json"), "text_lines": text_lines, "words": words}
            typer.echo(json.dumps(answer, ensure_ascii=False))
        else:
            table.add_row(*_summary(outcome))
    if not as_json:
        Console().print(table)


def _summary(outcome: Any) -> list[str]:
    fields = outcome.fields
    total = f"{fields.get('total', '')} {fields.get('currency', '')}".strip()
    why = outcome.error.message if outcome.error else "; ".join(reason.message for reason in outcome.reasons)
    return [
        outcome.file, outcome.state.value, fields.get("vendor_name", ""), fields.get("document_date", ""), total, why
    ]  # fmt: skip


@app.command()
def token(
    subject: Annotated[str, typer.Option(help="Who the token is for.")] = "local",
    scope: Annotated[list[str] | None, typer.Option(help="What it allows; repeat for several.")] = None,
    hours: Annotated[float, typer.Option(help="How long it is valid.")] = 24.0,
) -> None:
    """Make a bearer token for the API, signed with OCR_JWT_SECRET or the local stack's secret."""
    from ocr_pipeline.tokens import READ, WRITE, create_token

    with explained():
        settings = get_settings()
        secret = settings.jwt_secret.get_secret_value() or Stack(settings).environment()["OCR_JWT_SECRET"]
        typer.echo(create_token(subject, scope or [READ, WRITE], timedelta(hours=hours), secret))


@app.command()
def migrate() -> None:
    """Bring the tables of OCR_DATABASE_URL to the newest version; `up` does it by itself."""
    from ocr_pipeline.storage.database import migrate as run

    with explained():
        run(get_settings().database_url.get_secret_value())
