"""Pictures of pages, as they pass between decoding, normalization and recognition."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr_pipeline.documents.model import NormalizedPageInfo

Pixels = npt.NDArray[np.uint8]
"""Shape (height, width, 3), BGR as OpenCV has it."""


@dataclass(frozen=True)
class PageImage:
    """A decoded page. `number` counts from 1; `pixels` are the original page pixels."""

    number: int
    pixels: Pixels


@dataclass(frozen=True)
class NormalizedPage:
    """A page made ready for recognition; `info` says how it came from the original."""

    info: NormalizedPageInfo
    pixels: Pixels

    @property
    def number(self) -> int:
        return self.info.number
