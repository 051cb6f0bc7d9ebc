"""Where the lines of text are: PP-OCRv6's detection network (differentiable binarization, arXiv:1911.08947)."""

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.recognition.runtime import Floats, Network

Quads = npt.NDArray[np.float32]
"""(n, 4, 2): the corners of n lines in pixels, clockwise from where the line's top left is when it lies level."""

_FIRST_SIDE = 896
"""Pixels of the page's longest side at the first look; enough for text as large as on most receipts."""
_SMALLEST_LINE, _GOOD_LINE = 17, 30
"""Pixels of a line's height, in the network's eyes: where the usual line is lower than the first, the page is looked
at again, so large that it has the second."""
_LARGEST_SIDE = 2400
_MOST_ENLARGED = 2.0
_SHAPE_STEP = 128
"""Pages are padded to multiples of this, so that the runtime prepares for few shapes and its memory stays flat."""

_IS_TEXT = 0.3
"""Pixels of at least this probability belong to text."""
_IS_LINE = 0.5
"""Mean probability of a line's pixels."""
_GROWN = 1.6
"""The network was trained on lines shrunk by this much (`unclip_ratio` in PaddleOCR)."""
_THINNEST = 3
_DILATION = np.ones((2, 2), np.uint8)


class LineDetector:
    """Finds lines of any direction."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def find(self, pixels: Pixels) -> Quads:
        """The lines of a page, in no particular order."""
        longest = max(pixels.shape[:2])
        scale = min(_FIRST_SIDE / longest, _MOST_ENLARGED)
        quads = self._find(pixels, scale)
        if not len(quads) or (height := _usual_height(quads) * scale) >= _SMALLEST_LINE:
            return quads
        larger = min(scale * _GOOD_LINE / height, _LARGEST_SIDE / longest, _MOST_ENLARGED)
        return self._find(pixels, larger) if larger > scale else quads

    def _find(self, pixels: Pixels, scale: float) -> Quads:
        height, width = pixels.shape[:2]
        batch, (inner_height, inner_width) = _batch(pixels, scale)
        (probability,) = self._network(batch)
        quads = _quads(probability[0, 0, :inner_height, :inner_width])
        grown = quads * (np.array([width, height], np.float32) / np.array([inner_width, inner_height], np.float32))
        return np.clip(grown, 0, np.array([width - 1, height - 1], np.float32)).astype(np.float32)


def _usual_height(quads: Quads) -> float:
    """Pixels of the page."""
    sides = np.linalg.norm(quads[:, (0, 0)] - quads[:, (1, 3)], axis=2)
    return float(np.median(sides.min(axis=1)))


def _batch(pixels: Pixels, scale: float) -> tuple[Floats, tuple[int, int]]:
    """The page alone in a batch, values -1 to 1, and its height and width inside the padding."""
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    if scale != 1:
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    below, right = -height % _SHAPE_STEP, -width % _SHAPE_STEP
    padded = cv2.copyMakeBorder(pixels, 0, below, 0, right, cv2.BORDER_REPLICATE)
    batch = cv2.dnn.blobFromImage(padded, scalefactor=1 / 127.5, mean=(127.5, 127.5, 127.5))
    return np.asarray(batch, np.float32), (height, width)


def _quads(probability: Floats) -> Quads:
    """Lines in pixels of the map: boxes around its connected parts, grown to the size that the text has."""
    is_text = cv2.dilate((probability > _IS_TEXT).astype(np.uint8), _DILATION)
    contours, _ = cv2.findContours(is_text, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    quads = []
    for contour in contours:
        (x, y), (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < _THINNEST:
            continue
        corners = cv2.boxPoints(((x, y), (width, height), angle))
        if _mean_inside(probability, corners) < _IS_LINE:
            continue
        margin = width * height * _GROWN / (2 * (width + height))
        grown = cv2.boxPoints(((x, y), (width + 2 * margin, height + 2 * margin), angle))
        quads.append(_clockwise(np.asarray(grown, np.float32)))
    return np.array(quads, np.float32).reshape(-1, 4, 2)


def _mean_inside(probability: Floats, corners: cv2.typing.MatLike) -> float:
    height, width = probability.shape
    x0, y0 = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, (width - 1, height - 1))
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, (width - 1, height - 1))
    mask = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.uint8)
    cv2.fillPoly(mask, [(corners - (x0, y0)).astype(np.int32)], 1)
    return float(cv2.mean(probability[y0 : y1 + 1, x0 : x1 + 1], mask)[0])


def _clockwise(corners: Floats) -> Floats:
    """The two corners at the left come first and last, the upper of each side before the lower."""
    left, right = np.split(corners[np.argsort(corners[:, 0], kind="stable")], 2)
    top_left, bottom_left = left[np.argsort(left[:, 1], kind="stable")]
    top_right, bottom_right = right[np.argsort(right[:, 1], kind="stable")]
    return np.array([top_left, top_right, bottom_right, bottom_left], np.float32)
