"""What a line says: PP-OCRv6's recognition network, tuned on receipts, letters and drawn lines (docs/recognizer.md)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ocr_pipeline.cores import core_count
from ocr_pipeline.recognition.ppocr.crops import LINE_HEIGHT, LineCrop
from ocr_pipeline.recognition.ppocr.ctc import Character, decode
from ocr_pipeline.recognition.ppocr.line_pool import LinePool
from ocr_pipeline.recognition.runtime import Floats, Network

STEP = 8
"""Pixels of a crop's width for each step of the network's answer."""

_WIDTHS = (*range(64, 640, 32), *range(640, 1600, 128), 1600)
_WIDTH_STEP = 320
"""Longer lines are padded to multiples of this."""


@dataclass(frozen=True)
class LineText:
    """What was read of a line."""

    characters: list[Character]
    features: Floats
    """(120,): what the network saw, as its last layer's mean over the line."""


class LineRecognizer:
    """Reads crops; lines of several callers are read together."""

    def __init__(self, network: Network, alphabet: list[str]) -> None:
        self._network = network
        self._alphabet = alphabet
        self._pool = LinePool(self._read_batch, padded_width, core_count())

    def read(self, crops: Sequence[LineCrop]) -> list[LineText]:
        return self._pool.read(crops)

    def _read_batch(self, width: int, crops: Sequence[LineCrop]) -> list[LineText]:
        batch = np.zeros((len(crops), 3, LINE_HEIGHT, width), np.float32)
        for place, crop in zip(batch, crops, strict=True):
            place[:, :, : crop.width] = crop.pixels.transpose(2, 0, 1) * np.float32(1 / 127.5) - 1
        probabilities, features = self._network(batch)
        return [
            LineText(decode(said, self._alphabet), seen[: max(1, -(-crop.width // STEP))].mean(axis=0))
            for crop, said, seen in zip(crops, probabilities, features, strict=True)
        ]


def padded_width(crop: LineCrop) -> int:
    """A line's own: whatever it is read together with, it is padded alike, and so is read alike."""
    return next((width for width in _WIDTHS if width >= crop.width), -(-crop.width // _WIDTH_STEP) * _WIDTH_STEP)
