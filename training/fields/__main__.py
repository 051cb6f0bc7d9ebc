"""Makes the models of the CPU engine's fields; docs/fields.md describes data and result.

python -m training.fields --data FOLDER --cache FOLDER --output ocr_pipeline/structuring/weights
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ocr_pipeline.structuring.ranking.models import save_models
from training.errors import TrainingError
from training.fields.documents import load, samples
from training.fields.examples import examples
from training.fields.fit import fit
from training.fields.tables import Chosen


def main(
    *,
    data: Annotated[Path, typer.Option(help="Folder with labelled sets: sroie/, fcc_political_ads/, zugferd/.")],
    output: Annotated[Path, typer.Option(help="Folder for the models.")],
    cache: Annotated[Path, typer.Option(help="Folder that keeps what was read.")] = Path("build/fields"),
    generated: Annotated[int, typer.Option(min=0, help="Generated documents to learn from beside them.")] = 144,
) -> None:
    """Learn to choose fields, and print how well that goes on vendors that were left out."""
    logging.basicConfig(level=logging.WARNING)
    try:
        fitted = fit(examples([*load(data, cache), *samples(generated, cache)]))
    except TrainingError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from error
    save_models(fitted.lines, fitted.boosters, fitted.judges, output)
    Console().print(_table(fitted.chosen))


def _table(chosen: Sequence[Chosen]) -> Table:
    table = Table("field", "set", "view", "documents", "right", "each vendor alike", "right is a candidate")
    groups: dict[tuple[str, str, str], list[Chosen]] = defaultdict(list)
    for choice in chosen:
        groups[choice.field, choice.example.document.source, choice.example.document.view].append(choice)
    for (field, source, view), rows in sorted(groups.items()):
        weights = sum(row.example.weight for row in rows)
        alike = sum(row.example.weight * row.is_right for row in rows) / weights
        right = sum(row.is_right for row in rows) / len(rows)
        reachable = sum(row.is_reachable for row in rows) / len(rows)
        table.add_row(field, source, view, str(len(rows)), f"{right:.3f}", f"{alike:.3f}", f"{reachable:.3f}")
    return table


if __name__ == "__main__":
    typer.run(main)
