"""By how much the lines of a page run askew, from where its characters stand.

Along a line of text the lower ends of the characters stand in a row. Seen along the right slope those of the whole
page pile up in as many places as there are lines; along any other slope they are spread out.
"""

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.documents.page_image import Pixels

LARGEST_SKEW = 20.0
"""Degrees: more is not the skew of a feeder or a hand."""

_ANALYSED_SIDE = 1000
"""Pixels of the longest side, about: characters are still whole, and specks are not many."""
_FEWEST_CHARACTERS, _MOST_CHARACTERS = 25, 3000
_CLEAR = 1.4
"""How many times more the characters must pile up along the slope than along the usual one. On the development sets
print did 3.3 to 11 times, handwriting 1.1 to 2.1, and the wrong quarter or text at 45 degrees up to 1.35."""
_STEP, _FINE_STEP = 0.5, 0.05
"""Degrees."""
_BIN = 2.0
"""Pixels."""

_Points = npt.NDArray[np.float64]


def skew(pixels: Pixels) -> float:
    """Degrees by which text lines fall to the right; 0 where there are too few characters to tell.

    On a page that lies on its side: degrees, clockwise, by which its lines are off the vertical.
    """
    boxes = _characters(pixels)
    if len(boxes) < _FEWEST_CHARACTERS:
        return 0.0
    x, y, width, height = boxes.T
    level, level_gain = _slope(np.column_stack([x + width / 2, y + height]))
    sideways, sideways_gain = _slope(np.column_stack([-y - height / 2, x]))
    angle, gain = (level, level_gain) if level_gain >= sideways_gain else (sideways, sideways_gain)
    return angle if gain >= _CLEAR else 0.0


def _characters(pixels: Pixels) -> _Points:
    """Boxes (x, y, width, height) of what may be characters, in pixels of a page shrunk for analysis."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    # Shrinking by a whole number is many times faster than by any other.
    factor = max(1, round(max(grey.shape) / _ANALYSED_SIDE))
    height, width = (side // factor for side in grey.shape)
    if not height or not width:
        return np.empty((0, 4))
    small = cv2.resize(grey[: height * factor, : width * factor], (width, height), interpolation=cv2.INTER_AREA)
    ink = cv2.adaptiveThreshold(small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 15)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    boxes = stats[1:, :4].astype(np.float64)
    sides = boxes[:, 2:]
    boxes = boxes[(sides.max(axis=1) >= 4) & (sides.min(axis=1) >= 2) & (sides.max(axis=1) <= 60)]
    return np.asarray(boxes[:: len(boxes) // _MOST_CHARACTERS + 1])


def _slope(points: _Points) -> tuple[float, float]:
    """Degrees of the slope along which the points pile up most, and how many times more than along the usual one."""
    coarse: _Points = np.arange(-LARGEST_SKEW, LARGEST_SKEW + _STEP, _STEP, dtype=np.float64)
    piles = _piles(points, coarse)
    best = float(coarse[piles.argmax()])
    fine: _Points = np.arange(best - 2 * _STEP, best + 2 * _STEP + _FINE_STEP / 2, _FINE_STEP, dtype=np.float64)
    heap = _piles(points, fine)
    # The middle of the top is steadier than the top itself, which depends on where the bins happen to begin.
    weights = np.maximum(heap - 0.9 * heap.max(), 0)
    return float((fine * weights).sum() / weights.sum()), float(piles.max() / np.median(piles))


def _piles(points: _Points, angles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """For each angle in degrees how much the points pile up: the sum of the squares of their numbers by height."""
    x, y = points.T
    heights = y[None, :] - np.tan(np.radians(angles))[:, None] * x[None, :]
    bins = ((heights - heights.min()) / _BIN).astype(np.int64)
    count = int(bins.max()) + 1
    filled = np.bincount((bins + count * np.arange(len(angles))[:, None]).ravel(), minlength=count * len(angles))
    return np.asarray((filled.reshape(len(angles), count).astype(np.float64) ** 2).sum(axis=1))
