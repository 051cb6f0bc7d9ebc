"""EasyOCR: CRAFT detection and a CRNN recognizer."""

import warnings
from threading import Lock

from ocr_pipeline.cores import core
from ocr_pipeline.documents.model import Box, Line, Word
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.recognition.easyocr_networks import load_reader
from ocr_pipeline.recognition.runtime import Runtime
from ocr_pipeline.recognition.shared_width import share_width


class EasyOcrEngine:
    """One page is read at a time, in one thread: others that ask meanwhile wait."""

    name = "easyocr"

    def __init__(self, runtime: Runtime) -> None:
        self._reader = load_reader(runtime)
        self._lock = Lock()

    def read(self, pixels: Pixels) -> list[Line]:
        with self._lock, core(), warnings.catch_warnings(action="ignore"):
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
    """Words of a line; EasyOCR gives no boxes below the line."""
    return tuple(
        Word(
            text=word,
            box=Box(box.x0 + start * box.width, box.y0, box.x0 + end * box.width, box.y1),
            confidence=confidence,
        )
        for word, start, end in share_width(text)
    )
