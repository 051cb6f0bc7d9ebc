"""Makes a decoded page ready for recognition: a size that engines read well, lines made level."""

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.documents.model import NormalizedPageInfo
from ocr_pipeline.documents.page_image import NormalizedPage, PageImage, Pixels
from ocr_pipeline.imaging.skew import skew

LONGEST_SIDE = 1600
"""Pixels."""
SMALLEST_SKEW = 0.4
"""Degrees: less is not worth the blur of turning."""


def normalize(page: PageImage) -> NormalizedPage:
    """Shrunk where it is large, and turned where its lines are not level (or upright, on a page on its side)."""
    height, width = page.pixels.shape[:2]
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    angle = skew(page.pixels)
    to_normalized = np.array([[scale, 0, 0], [0, scale, 0]])
    pixels = _resized(page.pixels, scale) if scale < 1 else page.pixels
    if abs(angle) >= SMALLEST_SKEW:
        pixels, turn = _turned(pixels, angle)
        to_normalized = (turn @ np.vstack([to_normalized, [0, 0, 1]])).astype(np.float64)
    (a, b, c), (d, e, f) = cv2.invertAffineTransform(to_normalized).tolist()
    info = NormalizedPageInfo(
        number=page.number, original_width=width, original_height=height, to_original=((a, b, c), (d, e, f))
    )
    return NormalizedPage(info, pixels)


def _resized(pixels: cv2.typing.MatLike, scale: float) -> Pixels:
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _turned(pixels: Pixels, angle: float) -> tuple[Pixels, npt.NDArray[np.float64]]:
    """The picture turned by `angle` degrees on a canvas that holds all of it, and the (2, 3) map that did it."""
    height, width = pixels.shape[:2]
    turn = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0), np.float64)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    new_width, new_height = int(height * sin + width * cos), int(height * cos + width * sin)
    turn[:, 2] += (new_width - width) / 2, (new_height - height) / 2
    turned = cv2.warpAffine(
        pixels, turn, (new_width, new_height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned, np.uint8), np.asarray(turn, np.float64)
