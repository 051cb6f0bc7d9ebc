"""What each step before and after the recognition engine is worth: word F1, CER and seconds with and without it.

Reads the pictures of labelled folders once as the pipeline does, then once for each step left out and for each step
that was tried and not taken. Prints a Markdown table a folder, as in docs/ablation.md.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated
from unittest.mock import patch

import cv2
import numpy as np
import typer

from benchmarks.documents import Labelled, labelled, page_images
from ocr_pipeline.documents.page_image import PageImage, Pixels
from ocr_pipeline.evaluation.score import Prediction, Score, score
from ocr_pipeline.imaging import files
from ocr_pipeline.imaging import normalize as imaging
from ocr_pipeline.pipeline import recognition_engine
from ocr_pipeline.recognition import reading_order, stage
from ocr_pipeline.recognition.engine import RecognitionEngine
from ocr_pipeline.recognition.orientation import Reading
from ocr_pipeline.settings import get_settings

Step = Callable[[], AbstractContextManager[object]]


def _even_light(pixels: Pixels) -> Pixels:
    """Every channel divided by the paper's brightness around each pixel."""
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, (max(1, width // 8), max(1, height // 8)), interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((5, 5), np.uint8)), 15)
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(pixels, np.maximum(paper, 1), scale=255), np.uint8)


def _more_contrast(pixels: Pixels) -> Pixels:
    """Lightness spread locally (CLAHE)."""
    lab = cv2.cvtColor(pixels, cv2.COLOR_BGR2LAB)
    lab[:, :, 0] = cv2.createCLAHE(2.0, (8, 8)).apply(lab[:, :, 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR), np.uint8)


@contextmanager
def _repaired(repair: Callable[[Pixels], Pixels]) -> Iterator[None]:
    normalize = imaging.normalize
    with patch.object(imaging, "normalize", lambda page: normalize(PageImage(page.number, repair(page.pixels)))):
        yield


def _read_once(pixels: Pixels, engine: RecognitionEngine) -> Reading:
    return Reading(0, engine.read(pixels))


STEPS: dict[str, Step] = {
    "as it is": nullcontext,
    "without deskewing": lambda: patch.object(imaging, "skew", lambda _: 0.0),
    "without turning": lambda: patch.object(stage, "read_upright", _read_once),
    "without columns": lambda: patch.object(reading_order, "_gutter", lambda _: None),
    "longest side 1200": lambda: patch.object(imaging, "LONGEST_SIDE", 1200),
    "longest side 2200": lambda: patch.object(imaging, "LONGEST_SIDE", 2200),
    "with even light": lambda: _repaired(_even_light),
    "with more contrast": lambda: _repaired(_more_contrast),
}


def main(
    folders: Annotated[list[Path], typer.Argument(help="Folders with a truth.jsonl and pictures.")],
    limit: Annotated[int | None, typer.Option(help="Documents of each folder.")] = None,
) -> None:
    settings = get_settings()
    engine = recognition_engine(settings)
    for folder in folders:
        typer.echo(f"\n{folder.name}\n\n| steps | word F1 | CER | s/page |\n|---|---|---|---|")
        documents = labelled(folder, limit)
        for name, step in STEPS.items():
            with step():
                found, seconds = _measured(documents, engine)
            typer.echo(f"| {name} | {_plain(found.word_f1)} | {_plain(found.cer)} | {seconds:.2f} |")


def _measured(documents: Labelled, engine: RecognitionEngine) -> tuple[Score, float]:
    """The score, and seconds a page for normalizing and recognizing."""
    lines: dict[str, list[str]] = {}
    seconds = 0.0
    for identifier, image in page_images(documents.documents, get_settings()):
        started = time.perf_counter()
        normalized = imaging.normalize(image)
        page = stage.recognize(files.decode(files.encode(normalized), normalized.info), engine)
        seconds += time.perf_counter() - started
        lines.setdefault(identifier, []).extend(line.text for line in page.lines)
    predictions = {identifier: Prediction(tuple(read)) for identifier, read in lines.items()}
    return score(documents.truths, predictions), seconds / documents.pages


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"  # noqa: RUF001


if __name__ == "__main__":
    typer.run(main)
