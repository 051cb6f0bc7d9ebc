"""The recognition stage: a normalized page in, its words in original page pixels out."""

import math

import numpy as np
import numpy.typing as npt

from ocr_pipeline.documents.model import Box, Line, Page
from ocr_pipeline.documents.page_image import NormalizedPage
from ocr_pipeline.recognition.engine import RecognitionEngine
from ocr_pipeline.recognition.orientation import read_upright, unturn
from ocr_pipeline.recognition.reading_order import reading_order


def recognize(page: NormalizedPage, engine: RecognitionEngine) -> Page:
    reading = read_upright(page.pixels, engine)
    height, width = page.pixels.shape[:2]
    to_original = np.array(page.info.to_original) @ unturn(reading.turns, width, height)
    size = (page.info.original_width, page.info.original_height)
    return Page(
        number=page.number,
        width=page.info.original_width,
        height=page.info.original_height,
        source=engine.name,
        lines=tuple(_mapped(line, to_original, size) for line in reading_order(reading.lines)),
        angle=_angle(to_original),
    )


def _mapped(line: Line, to_original: npt.NDArray[np.float64], size: tuple[int, int]) -> Line:
    words = tuple(word.model_copy(update={"box": _map_box(word.box, to_original, size)}) for word in line.words)
    return line.model_copy(update={"words": words})


def _map_box(box: Box, to_original: npt.NDArray[np.float64], size: tuple[int, int]) -> Box:
    """The upright box around the mapped corners, cut at the page's edges."""
    corners = np.array([[box.x0, box.y0, 1], [box.x1, box.y0, 1], [box.x1, box.y1, 1], [box.x0, box.y1, 1]])
    mapped = corners @ to_original.T
    x0, y0 = np.clip(mapped.min(axis=0), 0, size)
    x1, y1 = np.clip(mapped.max(axis=0), 0, size)
    return Box(*(round(float(value), 1) for value in (x0, y0, x1, y1)))


def _angle(to_original: npt.NDArray[np.float64]) -> float:
    """Degrees, clockwise, from the original page's x axis to the direction in which the text was read."""
    angle = round(math.degrees(math.atan2(to_original[1, 0], to_original[0, 0])), 2)
    return 180.0 if angle == -180.0 else angle + 0.0  # no negative zero
