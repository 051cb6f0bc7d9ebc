"""EasyOCR's recognizer alone, on pictures of lines that another engine found."""

import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import NamedTuple

import cv2
import numpy as np
from easyocr.recognition import get_text
from easyocr.utils import get_image_list

from ocr_pipeline.cores import core
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.recognition.easyocr_networks import LINE_HEIGHT, load_reader
from ocr_pipeline.recognition.line_reader import LineReading
from ocr_pipeline.recognition.runtime import Runtime

_LARGEST_BATCH = 8


class _ScaledLine(NamedTuple):
    number: int
    """Of the crop that it was."""
    grey: Pixels
    """(64, width): not padded yet."""


class EasyOcrLineReader:
    name = "easyocr"

    def __init__(self, runtime: Runtime) -> None:
        self._reader = load_reader(runtime, with_detector=False)
        self._lock = Lock()

    def read_lines(self, crops: Sequence[Pixels]) -> list[LineReading]:
        """See `LineReader`. Lines that EasyOCR pads to the same width are read together: wider padding changes text."""
        by_width: dict[int, list[_ScaledLine]] = defaultdict(list)
        for number, crop in enumerate(crops):
            width, grey = _scaled(crop)
            by_width[width].append(_ScaledLine(number, grey))
        readings: dict[int, LineReading] = {}
        for width, lines in by_width.items():
            for batch in _batches(lines):
                readings |= self._read_batch(batch, width)
        return [readings[number] for number in range(len(crops))]

    def _read_batch(self, batch: Sequence[_ScaledLine], width: int) -> dict[int, LineReading]:
        reader = self._reader
        with self._lock, core(), warnings.catch_warnings(action="ignore"):
            # It reads again with more contrast what it is unsure of, and keeps the better.
            found = get_text(
                reader.character,
                LINE_HEIGHT,
                width,
                reader.recognizer,
                reader.converter,
                batch,
                batch_size=len(batch),
                workers=0,  # or it would fork a process a batch
                device=reader.device,
            )
        return {number: _reading(text, confidence) for number, text, confidence in found}


def _reading(text: str, confidence: float) -> LineReading:
    return LineReading(text, min(1.0, float(np.nan_to_num(confidence)))) if text else LineReading("", 0.0)


def _scaled(crop: Pixels) -> tuple[int, Pixels]:
    """The width that EasyOCR pads this line to, and the line in grey, 64 px high."""
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    ((_, scaled),), padded_width = get_image_list([[0, width, 0, height]], [], grey, LINE_HEIGHT)
    return padded_width, scaled


def _batches(lines: Sequence[_ScaledLine]) -> Iterator[Sequence[_ScaledLine]]:
    """Batches of 8, then 4, 2 and 1: a network keeps something of every shape that it has seen."""
    start, size = 0, _LARGEST_BATCH
    while start < len(lines):
        while size > len(lines) - start:
            size //= 2
        yield lines[start : start + size]
        start += size
