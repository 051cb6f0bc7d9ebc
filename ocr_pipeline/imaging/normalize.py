"""Makes a decoded page ready for recognition: a size that engines read well, lines made level."""

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.documents.model import NormalizedPageInfo
from ocr_pipeline.documents.page_image import NormalizedPage, PageImage, Pixels

LONGEST_SIDE = 1600
"""Pixels."""
SMALLEST_SKEW, LARGEST_SKEW = 0.4, 15.0
"""Degrees: less is not worth the blur of turning, more is not skew of a feeder or a hand."""


def normalize(page: PageImage) -> NormalizedPage:
    height, width = page.pixels.shape[:2]
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    shrink = np.array([[scale, 0, 0], [0, scale, 0]])
    pixels = page.pixels
    if scale < 1:
        pixels = _resized(pixels, scale)
    to_normalized = shrink
    angle = skew(pixels)
    if SMALLEST_SKEW <= abs(angle) <= LARGEST_SKEW:
        pixels, turn = _turned(pixels, angle)
        to_normalized = (turn @ np.vstack([shrink, [0, 0, 1]])).astype(np.float64)
    (a, b, c), (d, e, f) = cv2.invertAffineTransform(to_normalized).tolist()
    info = NormalizedPageInfo(
        number=page.number, original_width=width, original_height=height, to_original=((a, b, c), (d, e, f))
    )
    return NormalizedPage(info, pixels)


def skew(pixels: Pixels) -> float:
    """Degrees by which text lines fall to the right; 0 where there are too few lines to tell.

    Characters are smeared into lines; the answer is the median slope of the long ones.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    scale = 800 / max(grey.shape)
    if scale < 1:
        grey = _resized(grey, scale)
    ink = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 15)
    smeared = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, 15), np.uint8))
    contours, _ = cv2.findContours(smeared, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    slopes = [slope for contour in contours if (slope := _slope(contour)) is not None]
    return float(np.median(slopes)) if len(slopes) >= 5 else 0.0


def _slope(contour: cv2.typing.MatLike) -> float | None:
    """Degrees of a contour that looks like a line of text: at least 60 px long, at least 5 times as long as high."""
    (_, _), (width, height), angle = cv2.minAreaRect(contour)
    if width < height:
        width, height, angle = height, width, angle - 90
    if width < 60 or height < 4 or width < 5 * height:
        return None
    angle = (angle + 90) % 180 - 90
    return angle if abs(angle) <= LARGEST_SKEW else None


def _resized(pixels: cv2.typing.MatLike, scale: float) -> Pixels:
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _turned(pixels: Pixels, angle: float) -> tuple[Pixels, npt.NDArray[np.float64]]:
    """The picture turned by `angle` degrees on a canvas that holds all of it, and the (2, 3) map that did it."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    new_width, new_height = int(height * sin + width * cos), int(height * cos + width * sin)
    turn[:, 2] += (new_width - width) / 2, (new_height - height) / 2
    turned = cv2.warpAffine(
        pixels, turn, (new_width, new_height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned, np.uint8), np.asarray(turn, np.float64)
