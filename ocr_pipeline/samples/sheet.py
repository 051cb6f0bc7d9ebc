"""A page being composed: texts and rules at their places, and the lines that one can read on it."""

from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import pymupdf

Align = Literal["left", "right", "center"]
Face = Literal["helv", "hebo", "heit", "tiro", "tibo", "cour", "cobo"]
"""MuPDF's own Helvetica, Times and Courier look-alikes: upright, bold (``..bo``) and oblique."""

A4 = (595.0, 842.0)
LETTER = (612.0, 792.0)
"""Width and height in points."""


@cache
def _font(face: Face) -> pymupdf.Font:
    return pymupdf.Font(face)


def text_width(text: str, face: Face, size: float) -> float:
    """In points."""
    return float(_font(face).text_length(text, size))


@dataclass
class Sheet:
    """All measures are points from the top left corner. `lines` holds what was put, in that order."""

    width: float
    height: float
    lines: list[str] = field(default_factory=list)
    _texts: list[tuple[float, float, str, Face, float]] = field(default_factory=list)
    _rules: list[tuple[float, float, float, float]] = field(default_factory=list)
    _shades: list[tuple[float, float, float, float]] = field(default_factory=list)

    def put(
        self, x: float, baseline: float, text: str, *, face: Face = "helv", size: float = 10.0, align: Align = "left"
    ) -> None:
        """Writes `text` so that it begins, ends or is centred at `x`."""
        share = {"left": 0.0, "center": 0.5, "right": 1.0}[align]
        self._texts.append((x - share * text_width(text, face, size), baseline, text, face, size))
        self.lines.append(text)

    def decorate(self, x: float, baseline: float, text: str, *, face: Face, size: float) -> None:
        """Writes what nobody would call text: rows of dashes or stars."""
        self._texts.append((x, baseline, text, face, size))

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self._rules.append((x0, y0, x1, y1))

    def shade(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A light grey bar, below the text."""
        self._shades.append((x0, y0, x1, y1))

    def draw_on(self, document: pymupdf.Document) -> None:
        """Adds the sheet as a page with a text layer."""
        page = document.new_page(width=self.width, height=self.height)
        for shade in self._shades:
            page.draw_rect(pymupdf.Rect(*shade), color=None, fill=(0.9, 0.92, 0.94))
        for x0, y0, x1, y1 in self._rules:
            page.draw_line((x0, y0), (x1, y1), width=0.7)
        writer = pymupdf.TextWriter(page.rect)
        for x, baseline, text, face, size in self._texts:
            writer.append((x, baseline), text, font=_font(face), fontsize=size)
        writer.write_text(page)
