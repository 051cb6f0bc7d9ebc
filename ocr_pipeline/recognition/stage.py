"""The recognition stage: a normalized page in, its words in original page pixels out."""

import numpy as np

from ocr_pipeline.documents.model import Box, Line, Page
from ocr_pipeline.documents.page_image import NormalizedPage
from ocr_pipeline.recognition.engine import RecognitionEngine
from ocr_pipeline.recognition.reading_order import reading_order


def recognize(page: NormalizedPage, engine: RecognitionEngine) -> Page:
    lines = reading_order(engine.read(page.pixels))
    return Page(
        number=page.number,
        width=page.info.original_width,
        height=page.info.original_height,
        source=engine.name,
        lines=tuple(_to_original(line, page) for line in lines),
    )


def _to_original(line: Line, page: NormalizedPage) -> Line:
    return Line(words=tuple(word.model_copy(update={"box": _map_box(word.box, page)}) for word in line.words))


def _map_box(box: Box, page: NormalizedPage) -> Box:
    """The upright box around the mapped corners, cut at the page's edges."""
    corners = np.array([[box.x0, box.y0, 1], [box.x1, box.y0, 1], [box.x1, box.y1, 1], [box.x0, box.y1, 1]])
    mapped = corners @ np.array(page.info.to_original).T
    size = (page.info.original_width, page.info.original_height)
    x0, y0 = np.clip(mapped.min(axis=0), 0, size)
    x1, y1 = np.clip(mapped.max(axis=0), 0, size)
    return Box(*(round(float(value), 1) for value in (x0, y0, x1, y1)))
