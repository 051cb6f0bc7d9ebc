"""Whether memory stays flat: many pages of varied sizes through the recognition stage of one worker process.

python -m benchmarks.memory FOLDER --pages 2000
"""

import os
from collections.abc import Iterator
from itertools import count
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.progress import track

from benchmarks import plot
from benchmarks.documents import Document, labelled, page_images
from benchmarks.isolation import WorkFailed, alone
from benchmarks.machine import machine
from benchmarks.options import RESULTS, OptionalFolder, Output, folder_or_samples
from benchmarks.report import write_json
from ocr_pipeline.settings import get_settings

_SCALES = (1.0, 0.85, 0.7, 0.94, 0.6, 0.78)
"""Of the pages of one round through the folder, and of the next."""


def main(
    folder: OptionalFolder = None,
    pages: Annotated[int, typer.Option(min=1, help="How many to read; the folder's come again and again.")] = 2000,
    every: Annotated[int, typer.Option(min=1, help="Pages between two looks at the memory.")] = 50,
    settled: Annotated[int, typer.Option(min=1, help="The page after which memory should stay what it is.")] = 200,
    output: Output = RESULTS,
) -> None:
    """Read many pages in one process and watch its resident memory."""
    console = Console(stderr=True)
    described = machine()
    with folder_or_samples(folder) as read:
        documents = labelled(read).documents
        reading = track(alone(os.sched_getaffinity(0), read_pages, documents, pages), "Reading", pages, console=console)
        try:
            samples = {
                number: resident
                for number, resident in enumerate(reading, start=1)
                if number % every == 0 or number in {settled, pages}
            }
        except WorkFailed as failure:
            console.print(str(failure), style="red", markup=False)
            raise typer.Exit(1) from failure
    name = folder.name if folder else "samples"
    ratio = samples[pages] / samples[settled] if settled < pages else None
    summary = {"folder": name, **described, "settled": settled, "ratio": ratio, "resident_bytes": samples}
    write_json(summary, output / "memory.json")
    for number, resident in samples.items():
        typer.echo(f"{number:6d} pages  {resident / 1e6:7.1f} MB")
    if ratio is not None:
        typer.echo(f"Resident memory after page {pages} is {ratio:.3f} of that after page {settled}.")
    if plot.is_possible():
        plot.memory(samples, f"{name}; {described['cpu']}; {described['date']}", output / "memory.png")
    else:
        console.print(plot.IMPOSSIBLE, style="yellow")


def read_pages(documents: list[Document], pages: int) -> Iterator[int]:
    """Reads that many pages one after the other, as a worker does; yields its resident bytes after each."""
    import cv2
    import numpy as np

    from ocr_pipeline.documents.page_image import PageImage
    from ocr_pipeline.imaging.normalize import normalize
    from ocr_pipeline.pipeline import recognition_engine
    from ocr_pipeline.recognition.stage import recognize

    settings = get_settings()
    engine = recognition_engine(settings)
    process = psutil.Process()
    done = 0
    for turn in count():
        for index, (_, image) in enumerate(page_images(documents, settings)):
            scale = _SCALES[(turn + index) % len(_SCALES)]
            pixels = cv2.resize(image.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            recognize(normalize(PageImage(image.number, np.asarray(pixels, np.uint8))), engine)
            yield process.memory_info().rss
            done += 1
            if done == pages:
                return


if __name__ == "__main__":
    typer.run(main)
