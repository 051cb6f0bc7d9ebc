"""Characters of a PDF page become words and lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ocr_pipeline.documents.model import Box, Word

_FILLED_OR_STROKED = 16 | 32
"""Bits of a span's ``char_flags``; text in render mode 3, as the OCR layer of a scan, has neither."""
_STRAIGHT = 0.99
"""Cosine of the slant up to which a line counts as level or upright."""
_WORD = re.compile(r"\S+")
_ASCENT, _DESCENT = 0.80, 0.22
"""How far letters reach above and below the baseline, in font sizes; what fonts say of themselves is often wrong."""
_SAME_ROW = 0.35
"""Baselines that differ by less, in font sizes, stand in one row: raised digits, mixed fonts."""
_COLUMN_GAP = 0.9
"""A gap wider than this, in font sizes (about three spaces), parts two columns."""


_WITHOUT_SHAPE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
"""Characters that only steer where a line may break."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A word as it stands on the page as shown, in points."""

    text: str
    box: Box
    baseline: float
    size: float

    def scaled_box(self, scale: float) -> Box:
        x0, y0, x1, y1 = self.box
        return Box(x0 * scale, y0 * scale, x1 * scale, y1 * scale)

    def word(self, scale: float) -> Word:
        return Word(text=self.text, box=self.scaled_box(scale), confidence=1.0)


@dataclass(frozen=True)
class PrintedLine:
    """A line as MuPDF found it; coordinates are points of the page as shown.

    `text`, `chars`, `sizes` and `fonts` have one entry for each shown character, in writing order.
    """

    text: str
    chars: list[dict[str, Any]]
    sizes: list[float]
    fonts: list[str]
    hidden: int
    """Number of characters, white space aside, that are in the file but not shown."""
    quarter: int | None
    """Quarter turns, clockwise, that make it level; None for a line that runs at a slant."""

    @classmethod
    def of(cls, line: dict[str, Any]) -> "PrintedLine":
        chars: list[dict[str, Any]] = []
        sizes: list[float] = []
        fonts: list[str] = []
        hidden = 0
        for span in line["spans"]:
            found = span["chars"]
            if span["char_flags"] & _FILLED_OR_STROKED and span["alpha"]:
                chars += found
                sizes += [span["size"]] * len(found)
                fonts += [span["font"]] * len(found)
            else:
                hidden += sum(not char["c"].isspace() for char in found)
        text = "".join([char["c"] for char in chars])
        return cls(text, chars, sizes, fonts, hidden, _quarter(*line["dir"]))

    def pieces(self, width: float, height: float) -> list[Piece]:
        """The words that stand on a page of this size."""
        pieces = [self._piece(*match.span()) for match in _WORD.finditer(self.text)]
        return [piece for piece in pieces if piece.text and _is_inside(piece.box, width, height)]

    def _piece(self, start: int, end: int) -> Piece:
        first, last = self.chars[start], self.chars[end - 1]
        text = _WITHOUT_SHAPE.sub("", self.text[start:end])
        size = max(self.sizes[start:end])
        (a0, b0, a1, b1), (c0, d0, c1, d1) = first["bbox"], last["bbox"]
        x0, x1 = min(a0, c0), max(a1, c1)
        if self.quarter != 0:
            y0 = min(b0, d0)
            return Piece(text, Box(x0, y0, x1, max(b1, d1)), y0, size)
        baseline = first["origin"][1]
        return Piece(text, Box(x0, baseline - _ASCENT * size, x1, baseline + _DESCENT * size), baseline, size)


def in_lines(printed: Sequence[PrintedLine], width: float, height: float) -> list[list[Piece]]:
    """The words on a page of this size, in points, as lines from top to bottom."""
    level = [piece for line in printed if line.quarter == 0 for piece in line.pieces(width, height)]
    sideways = [pieces for line in printed if line.quarter != 0 and (pieces := line.pieces(width, height))]
    placed = _side_by_side(level) + [(line[0].baseline, line) for line in sideways]
    return [line for _, line in sorted(placed, key=lambda row: row[0])]


def _quarter(across: float, down: float) -> int | None:
    for quarter, along in enumerate((across, -down, -across, down)):
        if along > _STRAIGHT:
            return quarter
    return None


def _is_inside(box: Box, width: float, height: float) -> bool:
    return 0 <= (box.x0 + box.x1) / 2 <= width and 0 <= box.center_y <= height


def _side_by_side(pieces: list[Piece]) -> list[tuple[float, list[Piece]]]:
    """Words of one row, close together, form a line; each comes with the baseline of its row."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.baseline):
        row = rows[-1] if rows else []
        if row and piece.baseline - row[0].baseline <= _SAME_ROW * min(piece.size, row[0].size):
            row.append(piece)
        else:
            rows.append([piece])
    lines = []
    for row in rows:
        row_baseline = row[0].baseline
        row.sort(key=lambda piece: piece.box.x0)
        line = row[:1]
        for piece in row[1:]:
            if piece.box.x0 - line[-1].box.x1 > _COLUMN_GAP * max(piece.size, line[-1].size):
                lines.append((row_baseline, line))
                line = []
            line.append(piece)
        lines.append((row_baseline, line))
    return lines
