"""How fast PDFs are read that carry their text: pages a second of one core.

python -m benchmarks.text_layer FOLDER
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from benchmarks.isolation import WorkFailed, alone
from benchmarks.machine import machine
from benchmarks.options import RESULTS, Output, folder_or_samples
from benchmarks.report import write_json
from benchmarks.stopwatch import Stopwatch
from ocr_pipeline.settings import get_settings

_FOLDER = typer.Argument(help="PDFs, in folders or not; generated samples if not given.", exists=True, file_okay=False)


def main(
    folder: Annotated[Path | None, _FOLDER] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often they are read; the fastest round counts.")] = 3,
    output: Output = RESULTS,
) -> None:
    """Measure how fast the text layers of PDFs are read."""
    console = Console(stderr=True)
    described = machine()
    with folder_or_samples(folder) as holding:
        files = sorted(path for path in holding.rglob("*.pdf") if "bad" not in path.relative_to(holding).parts)
        if not files:
            raise typer.BadParameter(f"{holding} has no PDF")
        reading = alone([max(os.sched_getaffinity(0))], read_layers, files, rounds)
        try:
            measured = list(track(reading, "Reading", rounds, console=console))
        except WorkFailed as failure:
            console.print(str(failure), style="red", markup=False)
            raise typer.Exit(1) from failure
    text_layers, others = min(measured, key=lambda kinds: sum(map(sum, kinds)))
    summary = {
        "folder": folder.name if folder else "samples",
        "documents": len(files),
        "text_layer": _speed(text_layers),
        "others": _speed(others),
        **described,
    }
    write_json(summary, output / "text_layer.json")
    for title, seconds in (("text layer read", text_layers), ("left to an engine", others)):
        found = _speed(seconds)
        typer.echo(f"{title:18s} {found['pages']:5.0f} pages  {found['pages_per_second']:8.1f} pages a second")


def _speed(seconds: list[float]) -> dict[str, float]:
    return {"pages": len(seconds), "pages_per_second": len(seconds) / sum(seconds) if seconds else 0.0}


def read_layers(files: list[Path], rounds: int) -> Iterator[tuple[list[float], list[float]]]:
    """Of each round the seconds of every page whose text is trusted, then of every other page."""
    from ocr_pipeline.recognition.pdf_text_layer import text_layer

    dpi = get_settings().pdf_dpi
    next(text_layer(files[0].read_bytes(), dpi), None)
    for _ in range(rounds):
        trusted: list[float] = []
        others: list[float] = []
        for file in files:
            layers = text_layer(file.read_bytes(), dpi)
            while True:
                with Stopwatch() as clock:  # opening the file is in its first page's time
                    lines = next(layers, _NO_MORE)
                if lines is _NO_MORE:
                    break
                (others if lines is None else trusted).append(clock.seconds)
        yield trusted, others


_NO_MORE = object()


if __name__ == "__main__":
    typer.run(main)
