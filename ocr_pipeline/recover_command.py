"""`ocr-pipeline recover-uploads`."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console

from ocr_pipeline.local.commands import explained
from ocr_pipeline.operations.place import require_services
from ocr_pipeline.settings import get_settings

_SETTLED = timedelta(minutes=10)
"""A request that came before has entered its file by now, or never will."""
_SINCE = typer.Option(help="When the dump was made, in UTC; somewhat earlier does no harm.")
_TENANT = typer.Option(help="Whose they become: the bucket does not say whose they were.")
_DRY_RUN = typer.Option("--dry-run", help="List them, and enter none.")


def recover_uploads(
    since: Annotated[datetime, _SINCE], tenant: Annotated[str, _TENANT], dry_run: Annotated[bool, _DRY_RUN] = False
) -> None:
    """Enter files again that the API took after the dump that the database was restored from."""
    with explained(), Console(stderr=True).status("Looking through the uploads"):
        settings = require_services(get_settings())
        from ocr_pipeline.storage.database import get_engine
        from ocr_pipeline.storage.ledger import Ledger
        from ocr_pipeline.storage.lost_uploads import lost_uploads
        from ocr_pipeline.storage.objects import open_store

        engine = get_engine(settings.database_url.get_secret_value())
        lost = list(lost_uploads(engine, open_store(settings), _in_utc(since), datetime.now(UTC) - _SETTLED))
        if not dry_run:
            Ledger(engine).register(lost, tenant)
    for arrival in lost:
        typer.echo(arrival.object_key)
    typer.echo(f"{len(lost)} files {'would be' if dry_run else 'were'} entered again.", err=True)


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
