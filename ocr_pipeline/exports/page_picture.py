"""A page of the original file as a picture, with boxes drawn on it."""

from collections.abc import Sequence

import cv2
import numpy as np

from ocr_pipeline.documents.decode import UnreadableDocument, pages
from ocr_pipeline.documents.model import Box, Page
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.exports.marks import Mark

_Color = tuple[int, int, int]
"""Blue, green, red."""

_COLORS: tuple[tuple[float, _Color], ...] = ((0.8, (60, 150, 0)), (0.5, (0, 130, 240)), (0.0, (40, 40, 220)))
"""From the confidence that a color begins at: green is sure, orange is doubtful, red is a guess."""
_WHITE = (255, 255, 255)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_STROKES = 800
_LETTERS = 2400
"""Pixels of the picture's width for a pixel of a frame's stroke, and for letters at the font's own size."""
_SMALLEST_LETTERS = 0.35


def page_picture(
    data: bytes, media_type: str, page: Page, *, dpi: int, marks: Sequence[Mark] = (), width: int | None = None
) -> bytes:
    """A PNG file as wide as `page`, so that boxes on it fit, or narrower where `width` says so.

    `data` is the original file, one that intake accepted, and `dpi` the resolution at which PDF pages are rendered.
    Raises UnreadableDocument.
    """
    pixels = _decoded(data, media_type, page.number, dpi)
    scale = min(1.0, (width or page.width) / page.width)
    size = max(1, round(page.width * scale)), max(1, round(page.height * scale))
    if size != (pixels.shape[1], pixels.shape[0]):
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    _draw(pixels, [mark._replace(box=_scaled(mark.box, scale)) for mark in marks], _words(page, scale))
    _, picture = cv2.imencode(".png", pixels)
    return picture.tobytes()


def _decoded(data: bytes, media_type: str, number: int, dpi: int) -> Pixels:
    for page in pages(data, media_type, dpi, is_wanted=lambda found: found == number):
        if page.number == number:
            return page.pixels
    raise UnreadableDocument(number, "it is missing")


def _scaled(box: Box, scale: float) -> Box:
    return Box(*(round(value * scale) for value in box))


def _words(page: Page, scale: float) -> list[Box]:
    return [_scaled(word.box, scale) for line in page.lines for word in line.words]


def _draw(pixels: Pixels, marks: Sequence[Mark], words: Sequence[Box]) -> None:
    """Frames just outside the boxes, and the labels; one that would cover another value is left out."""
    stroke = max(1, round(pixels.shape[1] / _STROKES))
    letters = max(_SMALLEST_LETTERS, pixels.shape[1] / _LETTERS)
    taken = [mark.box for mark in marks]
    for box, confidence, label in marks:
        color = next(color for least, color in _COLORS if confidence >= least)
        corners = _corners(Box(box.x0 - stroke, box.y0 - stroke, box.x1 + stroke, box.y1 + stroke))
        cv2.rectangle(pixels, *corners, color, stroke)
        (width, height), _ = cv2.getTextSize(label, _FONT, letters, stroke)
        places = _places(box, width + 4 * stroke, height + 4 * stroke, 2 * stroke) if label else []
        inside = [place for place in places if _is_inside(place, pixels) and not _covered(place, taken)]
        if inside:
            place = min(inside, key=lambda place: _covered(place, words))
            cv2.rectangle(pixels, *_corners(place), color, cv2.FILLED)
            corner = round(place.x0) + 2 * stroke, round(place.y1) - 2 * stroke
            cv2.putText(pixels, label, corner, _FONT, letters, _WHITE, stroke, cv2.LINE_AA)
            taken.append(place)


def _places(box: Box, width: float, height: float, gap: float) -> list[Box]:
    """Where a label of this size may stand, the best first: above, to the left, to the right, or below."""
    above, below = box.y0 - gap - height, box.y1 + gap
    corners = [
        (box.x0 - gap / 2, above),
        (box.x0 - gap - width, box.center_y - height / 2),
        (box.x1 + gap / 2 - width, above),
        (box.x1 + gap, box.center_y - height / 2),
        (box.x0 - gap / 2, below),
        (box.x1 + gap / 2 - width, below),
    ]
    return [Box(x, y, x + width, y + height) for x, y in corners]


def _is_inside(place: Box, pixels: Pixels) -> bool:
    height, width = pixels.shape[:2]
    return place.x0 >= 0 and place.y0 >= 0 and place.x1 <= width and place.y1 <= height


def _covered(place: Box, boxes: Sequence[Box]) -> int:
    """How many of the boxes would be hidden, if only in part."""
    return sum(place.x0 < box.x1 and box.x0 < place.x1 and place.y0 < box.y1 and box.y0 < place.y1 for box in boxes)


def _corners(box: Box) -> tuple[tuple[int, int], tuple[int, int]]:
    return (round(box.x0), round(box.y0)), (round(box.x1), round(box.y1))
