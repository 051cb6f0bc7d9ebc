"""Pages as if their text lay level, and the way back.

Boxes are upright on the original page. Around a word that lies turned by a quarter an upright box is exact; around one
that lies askew it is too large, and those of neighbouring rows overlap. Whoever looks for rows and columns wants a
level page.
"""

import math

from ocr_pipeline.documents.model import Box, Page

_TOO_STEEP = 0.3
"""Cosine of twice the skew. Nearer to 45 degrees, upright boxes around wide and around high words look alike."""
_THINNEST = 0.03
"""A word is at least so thick, in shares of the shorter side of its upright box; at the page's edge it may be cut."""


def level(page: Page) -> Page:
    """The page turned back by its `angle`; boxes hug the words as they did when they were read.

    Its coordinates are pixels from the top left corner of the upright rectangle around the turned page, which is also
    its size; its angle is 0. A page that lies level already is returned as it is.
    """
    if page.angle == 0:
        return page
    frame = _Frame(page)
    lines = tuple(
        line.model_copy(
            update={"words": tuple(w.model_copy(update={"box": frame.level_box(w.box)}) for w in line.words)}
        )
        for line in page.lines
    )
    size = {"width": round(frame.width), "height": round(frame.height)}
    return page.model_copy(update={"lines": lines, "angle": 0.0} | size)


def from_level(box: Box, page: Page) -> Box:
    """The upright box on `page` around a box on ``level(page)``, cut at the page's edges."""
    return _Frame(page).page_box(box) if page.angle else box


class _Frame:
    """Where the level page lies on the page."""

    def __init__(self, page: Page) -> None:
        angle = math.radians(page.angle)
        self._size = page.width, page.height
        self._cos, self._sin = math.cos(angle), math.sin(angle)
        across, down = abs(self._cos), abs(self._sin)
        self.width = page.width * across + page.height * down
        self.height = page.width * down + page.height * across

    def level_box(self, box: Box) -> Box:
        x, y = (box.x0 + box.x1 - self._size[0]) / 2, (box.y0 + box.y1 - self._size[1]) / 2
        u = self.width / 2 + self._cos * x + self._sin * y
        v = self.height / 2 - self._sin * x + self._cos * y
        return _box_at(u, v, *self._inner_size(box.width, box.height))

    def page_box(self, box: Box) -> Box:
        u, v = (box.x0 + box.x1 - self.width) / 2, (box.y0 + box.y1 - self.height) / 2
        x = self._size[0] / 2 + self._cos * u - self._sin * v
        y = self._size[1] / 2 + self._sin * u + self._cos * v
        across, down = abs(self._cos), abs(self._sin)
        turned = _box_at(x, y, box.width * across + box.height * down, box.width * down + box.height * across)
        width, height = self._size
        return Box(
            min(max(turned.x0, 0.0), width),
            min(max(turned.y0, 0.0), height),
            min(max(turned.x1, 0.0), width),
            min(max(turned.y1, 0.0), height),
        )

    def _inner_size(self, width: float, height: float) -> tuple[float, float]:
        """Width and height of the rectangle, turned by the page's angle, that an upright box of this size is around."""
        across, down = abs(self._cos), abs(self._sin)
        determinant = across * across - down * down
        if abs(determinant) < _TOO_STEEP:
            return width, height
        thinnest = _THINNEST * min(width, height)
        return (
            max(thinnest, (width * across - height * down) / determinant),
            max(thinnest, (height * across - width * down) / determinant),
        )


def _box_at(x: float, y: float, width: float, height: float) -> Box:
    return Box(*(round(value, 1) for value in (x - width / 2, y - height / 2, x + width / 2, y + height / 2)))
