"""Characters of a line to words with boxes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.documents.model import Box
from ocr_pipeline.recognition.ppocr.crops import LineCrop
from ocr_pipeline.recognition.ppocr.ctc import Character
from ocr_pipeline.recognition.ppocr.recognizer import STEP

_SPARE_ROWS = 0.12
"""Share of a crop's height, above and below, that the detector adds around letters of full height."""


@dataclass(frozen=True)
class ReadWord:
    """A word as the recognizer gave it."""

    characters: tuple[Character, ...]
    box: Box

    @property
    def text(self) -> str:
        return "".join(character.text for character in self.characters)


def words_of(crop: LineCrop, characters: Sequence[Character]) -> list[ReadWord]:
    """The line split at its spaces; boxes, in page pixels, hug the ink between them."""
    words = list(_split(characters))
    if not words:
        return []
    ink = _ink(crop)
    gaps = [_gap(ink, before[-1], after[0]) for before, after in pairwise(words)]
    return [
        ReadWord(word, crop.box(*_extent(ink, start, end)))
        for word, start, end in zip(words, [0, *gaps], [*gaps, crop.width], strict=True)
    ]


def _split(characters: Sequence[Character]) -> Iterator[tuple[Character, ...]]:
    for is_space, run in groupby(characters, lambda character: character.text.isspace()):
        if not is_space:
            yield tuple(run)


def _gap(ink: npt.NDArray[np.bool_], before: Character, after: Character) -> int:
    """The column in the middle of the widest gap in the ink between two characters."""
    start, end = before.step * STEP + STEP // 2, after.step * STEP + STEP // 2
    spare = int(_SPARE_ROWS * len(ink))
    columns = np.flatnonzero(ink[spare : len(ink) - spare, start:end].any(axis=0))
    edges = np.concatenate([[-1], columns, [end - start]])
    widest = int(np.diff(edges).argmax())
    return start + int(edges[widest] + edges[widest + 1] + 1) // 2


def _ink(crop: LineCrop) -> npt.NDArray[np.bool_]:
    """(48, width): where the crop has the rarer of dark and bright."""
    grey = cv2.cvtColor(crop.pixels, cv2.COLOR_BGR2GRAY)
    _, bright = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return np.asarray(bright == (0 if 2 * int(bright.sum()) > bright.size else 1))


def _extent(ink: npt.NDArray[np.bool_], start: int, end: int) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the ink in these columns, as shares of the crop's width and height."""
    height, width = ink.shape
    start = min(start, width - 1)
    end = max(end, start + 1)
    spare = int(_SPARE_ROWS * height)
    part = ink[:, start:end]
    columns = np.flatnonzero(part[spare : height - spare].any(axis=0))
    if not len(columns):
        return start / width, spare / height, end / width, 1 - spare / height
    rows = np.flatnonzero(part.any(axis=1))
    top, bottom = min(int(rows[0]), 2 * spare), max(int(rows[-1]) + 1, height - 2 * spare)
    return (start + int(columns[0])) / width, top / height, (start + int(columns[-1]) + 1) / width, bottom / height
