"""Text set in a typeface, and the line that a detector would find around it."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from ocr_pipeline.recognition.runtime import Floats
from training.fonts import Typeface

Grey = npt.NDArray[np.float32]
"""(h, w), 0 to 255."""

_MARGIN = 0.45
"""Heights of a line that are blank around it."""
_SPARE = 0.13
"""Heights of a line that the detector leaves around it."""


@dataclass(frozen=True)
class Inked:
    """Text on white paper; `quad`, (4, 2), has the line's corners, clockwise from its top left."""

    grey: Grey
    quad: Floats


def inked(text: str, typeface: Typeface, size: int, shade: int) -> Inked | None:
    """`size` in pixels, `shade` from 0, black. None where the font has only blanks for the text."""
    paper, (left, top, right, bottom) = _drawn(text, typeface, size, shade)
    if right <= left:
        return None
    height = bottom - top
    margin = round(_MARGIN * height)
    wide = cv2.copyMakeBorder(paper, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(255.0,))
    grey = np.asarray(wide[top : bottom + 2 * margin, left : right + 2 * margin], np.float32)
    x0 = y0 = margin - _SPARE * height
    x1, y1 = grey.shape[1] - x0, grey.shape[0] - y0
    return Inked(grey, np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32))


def _drawn(text: str, typeface: Typeface, size: int, shade: int) -> tuple[Grey, tuple[int, int, int, int]]:
    """The text, and where its line is: left, top, right and bottom, all 0 where there is no ink."""
    font = typeface.at(size)
    _, _, width, _ = font.getbbox(text)
    ascent, descent = font.getmetrics()
    pad = round(size * 0.4)
    sheet = Image.new("L", (int(width) + 2 * pad, ascent + descent + 2 * pad), 255)
    ImageDraw.Draw(sheet).text((pad, pad), text, font=font, fill=shade)
    paper = np.asarray(sheet, np.float32)
    columns, rows = (np.flatnonzero((paper < 200).any(axis=axis)) for axis in (0, 1))
    if not len(columns):
        return paper, (0, 0, 0, 0)
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    if bottom - top < size / 2:  # a dash or a dot has the height of the line that it stands in
        top, bottom = pad, pad + ascent
    return paper, (int(columns[0]), top, int(columns[-1]) + 1, bottom)
