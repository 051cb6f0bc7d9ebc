"""Typewritten lines drawn with fonts: keys that strike hard or hardly, ribbons that blot or run dry, yellowed paper."""

import logging
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.documents.page_image import Pixels
from training.correspondence import Correspondence
from training.errors import TrainingError
from training.fonts import Typeface
from training.ink import inked
from training.lines import LabelledLine

_log = logging.getLogger(__name__)

Shares = npt.NDArray[np.float32]
"""(h, w): how much ink, from 0, none, to 1."""

_TYPEWRITERS = (
    "special-elite", "courier-prime", "cutive-mono", "anonymous-pro", "ibm-plex-mono", "xanh-mono", "cousine",
    "DejaVuSansMono",
)  # fmt: skip
"""How the names of fonts begin that look typewritten."""
_SIZES = (22, 26, 30, 36)
"""Pixels."""


def type_lines(count: int, typefaces: Sequence[Typeface], seed: int) -> list[LabelledLine]:
    """`count` lines, the same for the same typefaces and seed. Raises `TrainingError` without a typewriter's face."""
    faces = [face for face in typefaces if face.name.startswith(_TYPEWRITERS)]
    if not faces:
        raise TrainingError("None of the fonts is a typewriter's. The option --fetch-fonts brings some.")
    random = np.random.default_rng(seed)
    texts = Correspondence(seed)
    lines: list[LabelledLine] = []
    while len(lines) < count:
        text = texts.draw()
        face = faces[int(random.integers(len(faces)))]
        line = inked(text, face, size := int(random.choice(_SIZES)), shade=0) if face.can_draw(text) else None
        if line is not None:
            ink = _struck(np.asarray(1 - line.grey / 255, np.float32), size, random)
            pixels = _on_paper(ink, random)
            lines.append(LabelledLine(pixels, line.quad, text, frozenset({"Drawn"})))
    _log.info("typed: %d lines", count)
    return lines


def _struck(ink: Shares, size: int, random: np.random.Generator) -> Shares:
    hardness = random.random()
    thicker = round(size / 16 * random.uniform(0.3, 1.6) * hardness)
    if thicker > 1:
        ink = _shares(cv2.dilate(ink, np.ones((thicker, thicker))))
    if random.random() < 0.6:
        ink = _blurred(ink, 0.3 + size / 26 * random.uniform(0.3, 1.5) * hardness)
    by_letter = _clouds(ink.shape, size // 5, random) * random.uniform(0.05, 0.55)
    by_word = _clouds(ink.shape, size, random) * 0.2
    ink = _shares(ink * np.clip(1 + hardness * (by_letter + by_word), 0, 1.6))
    if random.random() < 0.5:  # either black or bare
        ink = _shares(1 / (1 + np.exp(-(ink - random.uniform(0.3, 0.6)) * random.uniform(5, 14))))
    return _blurred(_shares(np.clip(ink, 0, 1)), random.uniform(0.4, 1.1))


def _on_paper(ink: Shares, random: np.random.Generator) -> Pixels:
    """In colour, some with a trace of the line above or below, photographed and stored as JPEG."""
    paper = random.uniform(195, 240) + np.array([random.uniform(-15, 5), 0, random.uniform(-5, 10)])
    ribbon = np.array([random.uniform(20, 120), random.uniform(10, 70), random.uniform(10, 70)])
    stains = _clouds(ink.shape, 40, random) * random.uniform(0, 9)
    fibres = _clouds(ink.shape, 3, random) * random.uniform(0, 7)
    picture = (paper + (stains + fibres)[..., None]) * (1 - ink[..., None]) + ribbon * ink[..., None]
    if random.random() < 0.5:
        _add_neighbour(picture, random)
    picture += random.normal(0, random.uniform(0, 6), picture.shape)
    quality = int(random.integers(50, 96))
    _, data = cv2.imencode(".jpg", np.clip(picture, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _add_neighbour(picture: npt.NDArray[np.float64], random: np.random.Generator) -> None:
    """Rows of the line itself, moved aside, stand for the feet or heads of another's letters."""
    rows = len(picture) // int(random.integers(5, 10))
    other = np.roll(picture[::-1] if random.random() < 0.5 else picture, int(random.integers(5, 61)), axis=1)
    if random.random() < 0.5:
        start = len(picture) // 2
        picture[:rows] = np.minimum(picture[:rows], other[start : start + rows])
    else:
        start = len(picture) // 3
        picture[-rows:] = np.minimum(picture[-rows:], other[start : start + rows])


def _clouds(shape: tuple[int, ...], cell: int, random: np.random.Generator) -> Shares:
    """Soft noise of standard deviation about 1, alike over `cell` pixels."""
    height, width = shape
    cell = max(3, cell)
    coarse = random.normal(0, 1, (height // cell + 2, width // cell + 2)).astype(np.float32)
    return _shares(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))


def _blurred(ink: Shares, sigma: float) -> Shares:
    return _shares(cv2.GaussianBlur(ink, (0, 0), sigma))


def _shares(values: npt.ArrayLike) -> Shares:
    return np.asarray(values, np.float32)
