"""Pictures of pages, as they pass between decoding, normalization and recognition."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
"""Shape (height, width, 3), BGR as OpenCV has it."""


@dataclass(frozen=True)
class PageImage:
    """A decoded page. `number` counts from 1; `pixels` are the original page pixels."""

    number: int
    pixels: Pixels


@dataclass(frozen=True)
class NormalizedPage:
    """A page made ready for recognition."""

    number: int
    pixels: Pixels
    original_width: int
    original_height: int
    to_original: npt.NDArray[np.float64]
    """Shape (2, 3): affine map from normalized (x, y, 1) to original page pixels (x, y)."""
