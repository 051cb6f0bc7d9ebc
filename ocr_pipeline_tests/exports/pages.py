"""Recognized pages made up for tests."""

from hypothesis import strategies as st

from ocr_pipeline.documents.model import Box, DocumentText, Line, Page, Word
from ocr_pipeline_tests.drawing import Drawn

LINE_HEIGHT = 20
_CHARACTER_WIDTH = 10

unicode_words = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=8).filter(
    lambda text: not any(character.isspace() for character in text)
)
"""Any word that `Word` keeps as it is."""


def line(text: str, x: float, y: float, height: float = LINE_HEIGHT, handwritten: bool = False) -> Line:
    """Words whose characters are half as wide as high, with one between words; (x, y) is the top left corner."""
    width = _CHARACTER_WIDTH * height / LINE_HEIGHT
    words = []
    for word in text.split(" "):
        words.append(Word(text=word, box=Box(x, y, x + width * len(word), y + height), confidence=0.9))
        x += width * (len(word) + 1)
    return Line(words=tuple(words), handwritten=handwritten)


def document(*lines: Line, angle: float = 0.0) -> DocumentText:
    """One page of 1000 by 1400 pixels."""
    return DocumentText(pages=(page(*lines, angle=angle),))


def page(*lines: Line, number: int = 1, angle: float = 0.0) -> Page:
    return Page(number=number, width=1000, height=1400, source="test", lines=lines, angle=angle)


def turned(line: Line, angle: float) -> Line:
    """A line of `document` on the same page turned clockwise by 90, 180 or 270 degrees."""
    return line.model_copy(
        update={"words": tuple(word.model_copy(update={"box": _turned(word.box, angle)}) for word in line.words)}
    )


def _turned(box: Box, angle: float, width: float = 1000, height: float = 1400) -> Box:
    for _ in range(round(angle / 90)):
        box = Box(height - box.y1, box.x0, height - box.y0, box.x1)
        width, height = height, width
    return box


def read(drawn: Drawn, *lines: str, angle: float = 0.0, number: int = 1) -> Page:
    """What a perfect reader makes of a drawn page; each of `lines` holds words of it."""
    height, width = drawn.pixels.shape[:2]
    read = tuple(
        Line(words=tuple(Word(text=word, box=drawn.ink[word], confidence=0.9) for word in line.split(" ")))
        for line in lines
    )
    return Page(number=number, width=width, height=height, source="test", lines=read, angle=angle)
