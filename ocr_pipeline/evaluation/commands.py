"""`ocr-pipeline evaluate`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from ocr_pipeline.local.commands import explained
from ocr_pipeline.settings import get_settings

_FOLDER = typer.Argument(help="A folder with a truth.jsonl.", exists=True, file_okay=False)
_PREDICTIONS = typer.Option("--predictions", help="Also write what was read, as JSON lines, to this file.")


def evaluate(
    folder: Annotated[Path, _FOLDER],
    predictions: Annotated[Path | None, _PREDICTIONS] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure accuracy, calibration, review and speed on a folder of labelled documents."""
    # Imported here: it loads OpenCV, MuPDF and the engines' libraries, which other commands do not wait for.
    from ocr_pipeline.evaluation.run import evaluate as run
    from ocr_pipeline.evaluation.run import load_truth
    from ocr_pipeline.evaluation.summary import summary
    from ocr_pipeline.evaluation.tables import tables
    from ocr_pipeline.structuring.engine import engine_name

    if not (folder / "truth.jsonl").is_file():
        raise typer.BadParameter(f"{folder} has no truth.jsonl")
    with explained():
        settings = get_settings()
    truths = load_truth(folder)
    progress = Console(stderr=True)
    done = list(track(run(folder, truths, settings), description=folder.name, total=len(truths), console=progress))
    if predictions:
        lines = [json.dumps({"id": document.id, **asdict(document.prediction)}) for document in done]
        predictions.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = summary(truths, done)
    engines = {"engine": settings.recognition_engine, "structuring_engine": engine_name(settings)}
    if as_json:
        parts = asdict(found)
        scores = parts.pop("score")
        typer.echo(json.dumps({**engines, **parts, **scores}, indent=2))
    else:
        for table in tables(found, engines):
            Console().print(table)
