"""The `ocr-pipeline` command."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ocr_pipeline.document_flags import EngineFlag, KindFlag, LanguageFlag, PagesFlag
from ocr_pipeline.documents.options import Options
from ocr_pipeline.evaluation.commands import evaluate
from ocr_pipeline.explain_command import explain
from ocr_pipeline.exports.commands import export
from ocr_pipeline.local.commands import down, explained, status, up
from ocr_pipeline.local.demo_command import demo
from ocr_pipeline.models_command import models
from ocr_pipeline.recover_command import recover_uploads
from ocr_pipeline.samples.commands import samples
from ocr_pipeline.settings import get_settings
from ocr_pipeline.tokens_command import token
from ocr_pipeline.webhook_command import webhook_secret
from ocr_pipeline.worker_command import worker

app = typer.Typer(
    help="Documents in (receipts, invoices, forms, letters), validated records out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(up)
app.command()(down)
app.command()(status)
app.command()(explain)
app.command()(recover_uploads)
app.command()(demo)
app.command()(evaluate)
app.command()(export)
app.command()(samples)
app.command()(webhook_secret)
app.command()(worker)
app.add_typer(models, name="models")
app.add_typer(token, name="token")


@app.command()
def process(
    files: Annotated[list[Path], typer.Argument(help="Documents.", exists=True, dir_okay=False)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line and file.")] = False,
    pages: PagesFlag = None,
    kind: KindFlag = None,
    language: LanguageFlag = None,
    engine: EngineFlag = None,
) -> None:
    """Run all stages on files, without the stack."""
    # Imported here: it loads OpenCV, MuPDF and the engines' libraries, which other commands do not wait for.
    from ocr_pipeline.documents.outcome import Outcome
    from ocr_pipeline.pipeline import process as run

    with explained():
        settings = get_settings()
    options = Options(pages=pages, kind=kind, language=language, engine=engine)
    table = Table("file", "state", "vendor", "date", "total", "why")
    for file in files:
        data = file.read_bytes()
        processed = run(data, file.name, settings, options)
        outcome = Outcome.of(hashlib.sha256(data).hexdigest(), str(file), processed.result, processed.seconds)
        if as_json:
            words = [
                {"page": page.number, **word.model_dump()}
                for page in (processed.text.pages if processed.text else ())
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
def migrate() -> None:
    """Bring the tables of OCR_DATABASE_URL to the newest version; `up` does it by itself."""
    from ocr_pipeline.storage.database import migrate as run

    with explained():
        run(get_settings().database_url.get_secret_value())
