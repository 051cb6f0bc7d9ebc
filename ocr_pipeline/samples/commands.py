"""The `samples` command."""

from pathlib import Path
from typing import Annotated

import typer


def samples(
    folder: Annotated[Path, typer.Argument(help="Where to write them; made if it is missing.", file_okay=False)],
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes other documents.")] = 0,
    count: Annotated[
        int | None, typer.Option(min=0, help="How many documents; one of every kind if not given.")
    ] = None,
    bad: Annotated[bool, typer.Option(help="Also write files that must be rejected, into the folder bad/.")] = True,
) -> None:
    """Write sample receipts, invoices and letters with their truth.jsonl."""
    # Imported here: they load OpenCV and MuPDF, which other commands do not wait for.
    from ocr_pipeline.samples.bad import bad_files
    from ocr_pipeline.samples.generate import generate

    good = generate(folder, seed, count)
    typer.echo(f"{len(good)} documents and truth.jsonl in {folder}")
    if bad:
        typer.echo(f"{len(bad_files(folder / 'bad', seed))} files that must be rejected in {folder / 'bad'}")
