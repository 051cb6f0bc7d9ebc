"""The drawing commands that lay invisible text over a page, word by word."""

from typing import NamedTuple

import pymupdf

from ocr_pipeline.documents.model import Line
from ocr_pipeline.exports.invisible_font import CELL, DESCENT, InvisibleFont
from ocr_pipeline.exports.placement import Placed


class _Vector(NamedTuple):
    x: float
    y: float

    @property
    def length(self) -> float:
        return float((self.x * self.x + self.y * self.y) ** 0.5)


class _Run(NamedTuple):
    """A word in the PDF's own coordinates: where its baseline starts, and its extents along and across."""

    start: _Vector
    along: _Vector
    up: _Vector


def commands(lines: tuple[Line, ...], angle: float, to_pdf: pymupdf.Matrix, font: InvisibleFont, name: str) -> str:
    """`to_pdf` maps original page pixels to the coordinates in which the page's content is drawn; `angle` is the
    page's, `name` the font's among the page's resources. A viewer that marks a word marks its box."""
    texts = [_line(line, angle, to_pdf, font, name) for line in lines]
    return "q\n" + "".join(texts) + "Q\n"


def _line(line: Line, angle: float, to_pdf: pymupdf.Matrix, font: InvisibleFont, name: str) -> str:
    words = [_word(word.text, _run(Placed.of(word, angle), to_pdf), font, name) for word in line.words if word.text]
    return "\n".join(["BT 3 Tr", *words, "ET\n"])


def _word(text: str, run: _Run, font: InvisibleFont, name: str) -> str:
    """With a space behind it, in one string: as a string of its own, PDFium drops some where boxes touch."""
    wide, high = run.along.length, run.up.length
    turn = (run.along.x / wide, run.along.y / wide, run.up.x / high, run.up.y / high)
    stretch = 100 * wide / (CELL * high * len(text))
    return (
        f"/{name} {high:.3f} Tf {stretch:.3f} Tz {' '.join(f'{part:.6f}' for part in turn)}"
        f" {run.start.x:.3f} {run.start.y:.3f} Tm {font.encoded(text + ' ')} Tj"
    )


def _run(word: Placed, to_pdf: pymupdf.Matrix) -> _Run:
    cos, sin = word.along
    along = _Vector(cos * word.width, sin * word.width)
    up = _Vector(sin * word.height, -cos * word.height)
    to_baseline = 0.5 - DESCENT
    x = word.x - along.x / 2 - up.x * to_baseline
    y = word.y - along.y / 2 - up.y * to_baseline
    start = pymupdf.Point(x, y) * to_pdf
    return _Run(_Vector(start.x, start.y), _turned(along, to_pdf), _turned(up, to_pdf))


def _turned(vector: _Vector, by: pymupdf.Matrix) -> _Vector:
    return _Vector(vector.x * by.a + vector.y * by.c, vector.x * by.b + vector.y * by.d)
