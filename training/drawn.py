"""Printed lines drawn with fonts, and worn: signs and languages that the labelled pages are short of."""

import logging
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from training.fonts import Typeface
from training.ink import Grey, inked
from training.lines import LabelledLine
from training.phrases import Phrases

_log = logging.getLogger(__name__)

_SIZES = (14, 16, 18, 20, 24, 28, 36, 48)
"""Pixels."""

_LOGGED_LINES = 3000
"""Between two lines of the log."""


def draw_lines(count: int, typefaces: Sequence[Typeface], seed: int) -> list[LabelledLine]:
    """`count` lines, the same for the same typefaces and seed."""
    random = np.random.default_rng(seed)
    phrases = Phrases(seed)
    lines: list[LabelledLine] = []
    while len(lines) < count:
        text = phrases.draw()
        typeface = typefaces[int(random.integers(len(typefaces)))]
        if typeface.can_draw(text) and (line := _line(text, typeface, random)):
            lines.append(line)
            if len(lines) % _LOGGED_LINES == 0 or len(lines) == count:
                _log.info("drawn: %d of %d lines", len(lines), count)
    return lines


def _line(text: str, typeface: Typeface, random: np.random.Generator) -> LabelledLine | None:
    line = inked(text, typeface, int(random.choice(_SIZES)), shade=int(random.integers(0, 71)))
    if line is None:
        return None
    pixels = cv2.cvtColor(_worn(line.grey, random), cv2.COLOR_GRAY2BGR)
    return LabelledLine(np.asarray(pixels, np.uint8), line.quad, text, frozenset({"Drawn"}))


def _worn(grey: Grey, random: np.random.Generator) -> npt.NDArray[np.uint8]:
    """As printers, faxes, cameras and years leave it; each kind of wear to a share of the lines."""

    def happens(share: float) -> bool:
        return bool(random.random() < share)

    if happens(0.3):
        grey = _coarser(grey, random.uniform(0.45, 0.8))
    if happens(0.4):
        grey = _floats(cv2.GaussianBlur(grey, (0, 0), random.uniform(0.4, 1.1)))
    if happens(0.25):  # ink that did not take
        grey = _floats(255 - (255 - grey) * (random.random(grey.shape) > random.uniform(0.02, 0.25)))
    if happens(0.2):
        grey = _floats(np.where(grey < random.uniform(110, 200), 0, 255))
    if happens(0.15):
        grey = _floats(cv2.erode(grey, np.ones((2, 2))))
    if happens(0.1):
        grey = _floats(cv2.dilate(grey, np.ones((2, 2))))
    faded = random.uniform(0, 110)
    grey = _floats(faded * random.random() + grey * (255 - faded) / 255)
    grey = _floats(grey + random.normal(0, random.uniform(0, 10), grey.shape))
    if happens(0.05):
        grey = 255 - grey
    pixels = np.clip(grey, 0, 255).astype(np.uint8)
    return _as_jpeg(pixels, int(random.integers(35, 91))) if happens(0.5) else pixels


def _coarser(grey: Grey, scale: float) -> Grey:
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return _floats(cv2.resize(small, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_CUBIC))


def _as_jpeg(pixels: npt.NDArray[np.uint8], quality: int) -> npt.NDArray[np.uint8]:
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def _floats(values: npt.ArrayLike) -> Grey:
    return np.asarray(values, np.float32)
