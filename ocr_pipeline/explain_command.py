"""`ocr-pipeline explain`."""

from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local.commands import explained
from ocr_pipeline.operations.place import require_services
from ocr_pipeline.settings import Settings, get_settings
from ocr_pipeline.storage.ledger_rows import LedgerDocument

_SHOWN = 20
_SEVERAL = 2
_DOCUMENT = typer.Argument(help="Its id, file name, key in the bucket, SHA-256, or the id of its request.")
_JSON = typer.Option("--json", help="Print JSON: the story, or a list of the documents that are meant by the name.")


def explain(document: Annotated[str, _DOCUMENT], as_json: Annotated[bool, _JSON] = False) -> None:
    """Print a document's whole story: arrival, batch, runs, stages, verdict, and what happens next.

    Where several are meant they are listed, and the exit status is 2.
    """
    console = Console()
    with explained():
        settings = require_services(get_settings())
        found = _find(settings, document)
    if len(found) > 1:
        console.print_json(data=[_listed(one) for one in found]) if as_json else console.print(_table(found))
        raise typer.Exit(_SEVERAL)
    _tell(console, settings, found[0].id, as_json=as_json)


def _find(settings: Settings, wanted: str) -> list[LedgerDocument]:
    """At least one. Raises PipelineError(NOT_FOUND, SERVICE_UNAVAILABLE)."""
    from sqlalchemy.exc import OperationalError

    from ocr_pipeline.storage.database import get_engine
    from ocr_pipeline.storage.document_history import find_documents

    engine = get_engine(settings.database_url.get_secret_value())
    try:
        found = find_documents(engine, wanted, settings.s3_inbox_prefix, _SHOWN)
    except OperationalError as error:
        raise PipelineError(ErrorCode.SERVICE_UNAVAILABLE, part="Postgres") from error
    if not found:
        raise PipelineError(ErrorCode.NOT_FOUND, kind="document", id=wanted)
    return found


def _tell(console: Console, settings: Settings, document_id: str, *, as_json: bool) -> None:
    from ocr_pipeline.operations.compose import compose
    from ocr_pipeline.operations.known import know
    from ocr_pipeline.operations.story_page import story_page

    known = know(settings, document_id)
    if known is None:
        raise PipelineError(ErrorCode.NOT_FOUND, kind="document", id=document_id)
    story = compose(known, settings)
    if as_json:
        typer.echo(story.model_dump_json(indent=2))
    else:
        console.print(story_page(story), highlight=False)


def _listed(document: LedgerDocument) -> dict[str, object]:
    return {
        "id": document.id,
        "file": document.file,
        "tenant": document.tenant,
        "state": document.state,
        "arrived_at": document.arrived_at.isoformat(),
        "key": document.object_key,
    }


def _table(found: list[LedgerDocument]) -> Table:
    table = Table("id", "arrived", "state", "tenant", "file", box=SIMPLE_HEAD, title="Several documents: take an id")
    for one in found:
        # No markup: a file's name is its sender's, and may hold brackets.
        table.add_row(one.id, f"{one.arrived_at:%Y-%m-%d %H:%M:%S}", one.state, Text(one.tenant), Text(one.file))
    return table
