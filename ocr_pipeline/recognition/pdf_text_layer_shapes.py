"""Compares printed characters with the shapes that fonts usually give them.

A broken font table turns every ``e`` of a font into the same other character, so a few prints of each character tell.
No language is assumed: product codes and columns of numbers are as good as prose.
"""

from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import pymupdf

from ocr_pipeline.documents.pdf import MUPDF_LOCK, samples

Grey = npt.NDArray[np.uint8]
"""Shape (height, width)."""
Shape = npt.NDArray[np.float32]
"""Shape (features,), or (count, features) for several."""

_FONTS = ("helv", "hebo", "heit", "tiro", "tibo", "tiit", "cour", "cobo")
"""Names of fonts that come with MuPDF and have Latin, Greek and Cyrillic letters."""
_FALLBACK_FONT = "cjk"
"""For letters that the others lack."""
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_REFERENCE_SIZE = 32.0
"""Pixels."""

_ABOVE, _BELOW = 0.95, 0.30
"""How far a letter is looked for above and below its baseline, in font sizes."""
_LEAST_CONTRAST = 20.0
"""Grey levels: print that differs less from its paper is not seen."""
_STROKE = 0.4
"""Share of the contrast from which on a pixel is part of a stroke."""
_PATCH = (10, 12)
"""Width and height in pixels to which the strokes are brought."""
_PLACE_WEIGHT = 4.0
"""Of a letter's height, depth and width in font sizes, against the pixels of its patch, each 0 to 1."""
_AS_NEAR, _NEAR = 1.25, 6.0
"""A print fits where it is at most this many times as far (squared) as from the nearest letter, or this near."""


class Print(NamedTuple):
    """A level character as a page claims to show it; coordinates are pixels of the picture."""

    char: str
    x0: float
    x1: float
    baseline: float
    size: float


def has_reference(char: str) -> bool:
    """Whether the shape of this character is known."""
    return _references(char) is not None


def fits(grey: Grey, claimed: Print) -> bool:
    """Whether the picture shows the character, which has a reference, where it is claimed to stand."""
    references, shape = _references(claimed.char), _shape(grey, claimed)
    if references is None or shape is None:
        return False
    distance = _distance(references, shape)
    return distance <= _NEAR or distance <= _AS_NEAR * _distance(_alphabet(), shape)


def _distance(references: Shape, shape: Shape) -> float:
    """Squared, to the nearest."""
    return float(((references - shape) ** 2).sum(axis=1).min())


def _shape(grey: Grey, claimed: Print) -> Shape | None:
    """What is printed in the character's cell, free of size, colour and slimness; None for nothing."""
    height, width = grey.shape
    top, bottom = round(claimed.baseline - _ABOVE * claimed.size), round(claimed.baseline + _BELOW * claimed.size)
    left, right = round(claimed.x0), max(round(claimed.x1), round(claimed.x0) + 1)
    if top < 0 or left < 0 or bottom > height or right > width:
        return None
    surround = grey[top:bottom, max(2 * left - right, 0) : 2 * right - left]
    middle = surround.size // 2
    paper = np.float32(np.partition(surround, middle, axis=None)[middle])
    ink = np.abs(grey[top:bottom, left:right] - paper)
    contrast = float(ink.max(initial=0.0))
    if contrast < _LEAST_CONTRAST:
        return None
    strokes = ink > _STROKE * contrast
    base = round(claimed.baseline) - top
    below = strokes[base + 1 :]
    below[below.all(axis=1)] = False  # an underline
    rows, columns = np.flatnonzero(strokes.any(axis=1)), np.flatnonzero(strokes.any(axis=0))
    if not rows.size:
        return None
    y0, y1, x0, x1 = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    method = cv2.INTER_AREA if y1 - y0 >= _PATCH[1] else cv2.INTER_LINEAR
    patch = cv2.resize(ink[y0:y1, x0:x1], _PATCH, interpolation=method) / contrast
    place = np.array([base - y0, y1 - base, x1 - x0]) * (_PLACE_WEIGHT / claimed.size)
    return np.asarray(np.concatenate([patch.ravel(), place]), np.float32)


@cache
def _alphabet() -> Shape:
    return np.concatenate([shapes for char in _ALPHABET if (shapes := _references(char)) is not None])


@cache
def _references(char: str) -> Shape | None:
    """The usual shapes of a letter in either case: files with small capitals often say small letters."""
    forms = {char, *char.upper(), *char.lower()} if len(char.upper()) == len(char.lower()) == 1 else {char}
    shapes = [shape for form in sorted(forms) for shape in _drawn(form)]
    return np.stack(shapes) if shapes else None


@cache
def _drawn(char: str) -> tuple[Shape, ...]:
    with MUPDF_LOCK:
        fonts = [font for font in map(_font, _FONTS) if font.has_glyph(ord(char))]
        if not fonts and _font(_FALLBACK_FONT).has_glyph(ord(char)):
            fonts = [_font(_FALLBACK_FONT)]
        if not fonts:
            return ()
        size, baseline = _REFERENCE_SIZE, 1.3 * _REFERENCE_SIZE
        with pymupdf.open() as document:
            page = document.new_page(width=3 * size * len(fonts), height=2 * size)
            for number, font in enumerate(fonts):
                writer = pymupdf.TextWriter(page.rect)
                writer.append((size * (3 * number + 1), baseline), char, font=font, fontsize=size)
                writer.write_text(page)
            picture = page.get_pixmap(colorspace=pymupdf.csGRAY, alpha=False)
            grey = samples(picture)[:, :, 0].copy()
    shapes = []
    for number, font in enumerate(fonts):
        x0 = size * (3 * number + 1)
        shapes.append(_shape(grey, Print(char, x0, x0 + font.glyph_advance(ord(char)) * size, baseline, size)))
    return tuple(shape for shape in shapes if shape is not None)


@cache
def _font(name: str) -> pymupdf.Font:
    return pymupdf.Font(name)
