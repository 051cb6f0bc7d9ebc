"""Which way up a page lies, found by reading it: boxes and confidence tell more than the picture does.

Lines of a page on its side stand in tall boxes, and what is read upside down is read badly. A page that looks upright
costs one reading; any other is read again as it would stand upright, and the better reading is kept.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr_pipeline.documents.model import Line
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.recognition.engine import RecognitionEngine

_WELL_READ = 0.6
"""Mean confidence of characters: upside down pages had .34 to .56 on the development sets, upright print .77 to .98,
upright handwriting from .53 on."""
_CLEARLY_BETTER = 1.25
"""A page is turned only where that gives so many times the confident characters: most pages are upright."""
_LONG = 3
"""Characters: the box of a shorter line is tall whichever way up it stands."""


@dataclass(frozen=True)
class Reading:
    """What an engine read on a page given `turns` quarter turns clockwise; boxes are in pixels of the turned page."""

    turns: int
    lines: list[Line]

    @property
    def is_upright(self) -> bool:
        return not self.is_sideways and self.confidence >= _WELL_READ

    @property
    def is_sideways(self) -> bool:
        """Whether most of its text stands in boxes that are clearly higher than wide."""
        long = [(line.box, len(line.text)) for line in self.lines if len(line.text) >= _LONG]
        tall = sum(length for box, length in long if box.height > 1.5 * box.width)
        return 2 * tall > sum(length for _, length in long)

    @property
    def confidence(self) -> float:
        """Mean over the characters; 1 where there are none."""
        characters = self._characters
        return self.score / characters if characters else 1.0

    @property
    def score(self) -> float:
        """How many characters are probably right."""
        return sum(word.confidence * len(word.text) for line in self.lines for word in line.words)

    @property
    def _characters(self) -> int:
        return sum(len(word.text) for line in self.lines for word in line.words)


def read_upright(pixels: Pixels, engine: RecognitionEngine) -> Reading:
    """The reading of the page in the quarter turn in which its text stands upright."""
    best = first = Reading(0, engine.read(pixels))
    if first.is_upright:
        return first
    for turns in _likely_turns(first):
        reading = Reading(turns, engine.read(turned(pixels, turns)))
        if reading.is_upright and (first.is_sideways or reading.score > _CLEARLY_BETTER * first.score):
            return reading
        if _rank(reading) > _rank(best):
            best = reading
    return best


def _likely_turns(first: Reading) -> tuple[int, ...]:
    """Quarter turns to try, the likeliest first.

    Engines that read tall boxes turn them counter-clockwise, so where those were read well the whole page needs that.
    """
    if not first.is_sideways:
        return (2,)
    return (3, 1) if first.confidence >= _WELL_READ else (1, 3)


def _rank(reading: Reading) -> tuple[bool, float]:
    """Readings with level lines come first; the page as it is has the benefit of the doubt."""
    return not reading.is_sideways, reading.score * (1 if reading.turns else _CLEARLY_BETTER)


def turned(pixels: Pixels, turns: int) -> Pixels:
    """The page after `turns` quarter turns clockwise."""
    return np.ascontiguousarray(np.rot90(pixels, -turns))


def unturn(turns: int, width: int, height: int) -> npt.NDArray[np.float64]:
    """Affine map (3, 3) from a page that was given `turns` quarter turns clockwise to the page before.

    `width` and `height` are of the page before, in pixels.
    """
    return np.array(
        {
            0: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
            1: [[0, 1, 0], [-1, 0, height], [0, 0, 1]],
            2: [[-1, 0, width], [0, -1, height], [0, 0, 1]],
            3: [[0, -1, width], [1, 0, 0], [0, 0, 1]],
        }[turns],
        np.float64,
    )
