"""What recognition loses when pages are turned, askew, in shadow or coarse: word F1 against the clean pages.

The pages are those of the project's own samples as clean pictures; every variant is read from the picture alone.
Prints one JSON object a variant.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Annotated

import numpy as np
import typer

from ocr_pipeline.documents.page_image import PageImage, Pixels
from ocr_pipeline.evaluation.score import Prediction, score
from ocr_pipeline.imaging import files
from ocr_pipeline.imaging.normalize import normalize
from ocr_pipeline.recognition.engine import EngineName, RecognitionEngine, load_engine
from ocr_pipeline.recognition.stage import recognize
from ocr_pipeline.samples import wear
from ocr_pipeline.samples.generate import clean_pages

CLEAN = "clean"
_DPI, _LOW_DPI = 200, 100


@dataclass(frozen=True)
class Variant:
    """How a page is worn, and the resolution at which it is rendered before."""

    name: str
    wear: Callable[[Pixels], Pixels]
    dpi: int = _DPI


@dataclass(frozen=True)
class Loss:
    variant: str
    word_f1: float
    loss: float
    """Against the clean pages; negative where the variant was read better."""


def _turned(degrees: float) -> Variant:
    name = f"rotated {degrees:g}" if degrees % 90 == 0 else f"skewed {degrees:+g}"
    return Variant(name, lambda page: wear.turned(page, degrees))


TURNED = tuple(map(_turned, (90, 180, 270)))
SKEWED = tuple(map(_turned, (-15, -7, 7, 15)))
BOTH = (Variant("rotated 90, skewed +5", lambda page: wear.turned(page, 95)),)
OTHERS = (
    Variant("shadowed", lambda page: wear.shadowed(np.random.default_rng(page.shape[0]), page)),
    Variant(f"{_LOW_DPI} dpi", lambda page: page, _LOW_DPI),
)


def losses(engine: RecognitionEngine, samples: Iterable[int], variants: Iterable[Variant]) -> list[Loss]:
    """For the clean pages and each variant; `samples` are places in what `ocr-pipeline samples` generates."""
    places = list(samples)
    clean = _word_f1(engine, places, Variant(CLEAN, lambda page: page))
    found = [Loss(CLEAN, clean, 0.0)]
    for variant in variants:
        word_f1 = _word_f1(engine, places, variant)
        found.append(Loss(variant.name, word_f1, round(clean - word_f1, 4)))
    return found


def _word_f1(engine: RecognitionEngine, samples: list[int], variant: Variant) -> float:
    truths, predictions = [], {}
    for sample in samples:
        printed, pages = clean_pages(0, sample, variant.dpi)
        read = [_read(variant.wear(page), engine) for page in pages]
        truths.append({"id": str(sample), "text_lines": printed})
        predictions[str(sample)] = Prediction(tuple(line for lines in read for line in lines))
    return round(score(truths, predictions).word_f1 or 0.0, 4)


def _read(pixels: Pixels, engine: RecognitionEngine) -> list[str]:
    normalized = normalize(PageImage(1, pixels))
    page = recognize(files.decode(files.encode(normalized), normalized.info), engine)
    return [line.text for line in page.lines]


def main(
    count: Annotated[int, typer.Option(help="Samples, of 12 kinds in turn.")] = 12,
    engine: Annotated[str, typer.Option(help="The recognition engine.")] = "ppocr",
) -> None:
    name: EngineName = "easyocr" if engine == "easyocr" else "ppocr"
    for loss in losses(load_engine(name), range(count), TURNED + SKEWED + BOTH + OTHERS):
        typer.echo(json.dumps(asdict(loss)))


if __name__ == "__main__":
    typer.run(main)
