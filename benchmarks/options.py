"""The arguments that the benchmarks share."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

OptionalFolder = Annotated[
    Path | None,
    typer.Argument(
        help="Labelled documents, with their truth.jsonl; generated samples if not given.", exists=True, file_okay=False
    ),
]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the first documents of the folder.")]
Output = Annotated[Path, typer.Option(help="Folder of the results; made if it is missing.", file_okay=False)]
RESULTS = Path(__file__).parent / "results"


@contextmanager
def folder_or_samples(folder: Path | None) -> Iterator[Path]:
    """The folder itself, or one with a sample of every kind, which is removed afterwards."""
    if folder is not None:
        yield folder
        return
    from ocr_pipeline.samples.generate import generate

    with tempfile.TemporaryDirectory(prefix="samples-") as made:
        generate(Path(made))
        yield Path(made)
