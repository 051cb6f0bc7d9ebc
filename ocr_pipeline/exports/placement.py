"""Where a word really stands on a page whose text lies turned."""

import math
from dataclasses import dataclass
from functools import cached_property

from ocr_pipeline.documents.model import Box, Line, Word

_FARTHEST_SOLVABLE = 30.0
"""Degrees off the axes up to which a box tells its word's width and height; near 45 it only tells their sum."""
_CHARACTER_ASPECT = 0.5
"""Width of an average character in heights of its line."""
_LEAST_SHARE = 0.1
"""A word is at least this share of its box's shorter side high and wide, whatever noise makes of the solution: no
word is so flat or so narrow that this would touch it."""


@dataclass(frozen=True)
class Placed:
    """A word's own rectangle: `width` runs along the writing, `height` across, all in original page pixels.

    (`x`, `y`) is the middle. `angle` is `Page.angle`: degrees, clockwise, by which the writing lies turned.
    """

    x: float
    y: float
    width: float
    height: float
    angle: float

    @classmethod
    def of(cls, word: Word, angle: float) -> "Placed":
        """Undoes the drawing of an upright box around a turned rectangle."""
        x, y = (word.box.x0 + word.box.x1) / 2, (word.box.y0 + word.box.y1) / 2
        box_width, box_height = word.box.width, word.box.height
        cos, sin = abs(math.cos(math.radians(angle))), abs(math.sin(math.radians(angle)))
        if abs((angle + 45) % 90 - 45) <= _FARTHEST_SOLVABLE:
            determinant = cos * cos - sin * sin
            width = (box_width * cos - box_height * sin) / determinant
            height = (box_height * cos - box_width * sin) / determinant
        else:
            aspect = _CHARACTER_ASPECT * max(1, len(word.text))
            height = (box_width + box_height) / (cos + sin) / (1 + aspect)
            width = aspect * height
        least = max(1.0, _LEAST_SHARE * min(box_width, box_height))
        return cls(x, y, max(width, least), max(height, least), angle)

    @cached_property
    def along(self) -> tuple[float, float]:
        """The unit vector in which the writing runs."""
        return math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))

    @property
    def upright(self) -> Box:
        """The rectangle on the page turned back about its origin, so that lines run level to the right."""
        cos, sin = self.along
        x, y = self.x * cos + self.y * sin, self.y * cos - self.x * sin
        return Box(x - self.width / 2, y - self.height / 2, x + self.width / 2, y + self.height / 2)


def upright_box(line: Line, angle: float) -> Box:
    return Box.around([Placed.of(word, angle).upright for word in line.words])


def counterclockwise(angle: float) -> float:
    """`Page.angle` as hOCR's textangle and ALTO's ROTATION have it: degrees against the clock, from 0 up to 360."""
    return round(-angle % 360, 2) % 360
