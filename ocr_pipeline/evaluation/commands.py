"""`ocr-pipeline evaluate`."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from ocr_pipeline.evaluation.calibration import expected_calibration_error, reliability
from ocr_pipeline.evaluation.score import Score, score
from ocr_pipeline.local.commands import explained
from ocr_pipeline.settings import get_settings

_FOLDER = typer.Argument(help="A folder with a truth.jsonl.", exists=True, file_okay=False)
_PREDICTIONS = typer.Option("--predictions", help="Also write what was read, as JSON lines, to this file.")


def evaluate(
    folder: Annotated[Path, _FOLDER],
    predictions: Annotated[Path | None, _PREDICTIONS] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure accuracy and speed on a folder of labelled documents."""
    # Imported here: it loads OpenCV, MuPDF and the engines' libraries, which other commands do not wait for.
    from ocr_pipeline.evaluation.run import evaluate as run
    from ocr_pipeline.evaluation.run import load_truth

    if not (folder / "truth.jsonl").is_file():
        raise typer.BadParameter(f"{folder} has no truth.jsonl")
    with explained():
        settings = get_settings()
    truths = load_truth(folder)
    progress = Console(stderr=True)
    done = list(track(run(folder, truths, settings), description=folder.name, total=len(truths), console=progress))
    result = score(truths, {document.id: document.prediction for document in done})
    pages, seconds = sum(document.pages for document in done), sum(document.seconds for document in done)
    states = Counter(document.outcome.state.value for document in done)
    if predictions:
        lines = [
            json.dumps(
                {"id": document.id, "text_lines": document.prediction.text_lines, "fields": document.prediction.fields}
            )
            for document in done
        ]
        predictions.write_text("\n".join(lines) + "\n", encoding="utf-8")
    judged = [word for document in done for word in document.judged]
    summary = {
        "engine": settings.recognition_engine,
        "documents": len(done),
        "states": dict(states),
        "pages": pages,
        "seconds_per_page": seconds / pages if pages else None,
        "calibration_error": expected_calibration_error(reliability(judged)),
        **asdict(result),
    }
    if as_json:
        typer.echo(json.dumps(summary, indent=2))
    else:
        _show(Console(), summary, ", ".join(f"{n} {state}" for state, n in states.items()), result)


def _show(console: Console, summary: dict[str, object], states: str, result: Score) -> None:
    overview = Table(show_header=False, box=None)
    overview.add_row("engine", str(summary["engine"]))
    overview.add_row("documents", f"{summary['documents']} ({states})")
    overview.add_row("pages", str(summary["pages"]))
    for title, value in (
        ("word F1", result.word_f1),
        ("word precision", result.word_precision),
        ("word recall", result.word_recall),
        ("character error rate", result.cer),
        ("calibration error of words", summary["calibration_error"]),
        ("seconds a page", summary["seconds_per_page"]),
    ):
        overview.add_row(title, _number(value))
    console.print(overview)
    if result.fields:
        table = Table("field", "strict", "normalised", "similarity", "documents")
        for name, found in result.fields.items():
            table.add_row(
                name, _number(found.strict), _number(found.normalised), _number(found.similarity), str(found.documents)
            )
        console.print(table)


def _number(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "-"
