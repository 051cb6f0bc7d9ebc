"""Reads the text that a PDF page carries itself, where it can be trusted to be what the page shows."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pymupdf

from ocr_pipeline.documents.model import Box, Line, Word
from ocr_pipeline.documents.pdf import POINTS_PER_INCH, open_pdf

NAME = "pdf_text_layer"
"""`Page.source` of pages read here."""

_FILLED_OR_STROKED = 16 | 32
"""Bits of a span's ``char_flags``; text in render mode 3, as the OCR layer of a scan, has neither."""
_MOST_HIDDEN = 0.05
_MOST_UNDECODABLE = 0.1
_FULL_PICTURE = 0.85
_HALF_PICTURE = 0.5
_FEW_WORDS = 30
"""A page half of which is a picture, with fewer words than this beside it, is a scan with a stamp or a number."""

_ASCENT, _DESCENT = 0.80, 0.22
"""How far letters reach above and below the baseline, in font sizes; what fonts say of themselves is often wrong."""
_SAME_ROW = 0.35
"""Baselines that differ by less, in font sizes, stand in one row: raised digits, mixed fonts."""
_COLUMN_GAP = 0.9
"""A gap wider than this, in font sizes (about three spaces), parts two columns."""


_WITHOUT_SHAPE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
"""Characters that only steer where a line may break."""


def text_layer(data: bytes, dpi: int) -> Iterator[tuple[Line, ...] | None]:
    """The lines of every page in turn, top to bottom, or None where its text is missing or not to be trusted.

    Boxes are pixels of the page as it is shown (turned as the page says) and rendered at `dpi`; confidence is 1.
    `data` is a PDF that intake accepted; one that cannot be opened raises one of `documents.pdf.PDF_ERRORS`.
    """
    with open_pdf(data) as document:
        for index in range(document.page_count):
            try:
                lines = _page_lines(document.load_page(index), dpi / POINTS_PER_INCH)
            except (pymupdf.mupdf.FzErrorBase, RuntimeError):
                # Damage that MuPDF cannot read past: what the page shows is left to a recognition engine.
                lines = None
            yield lines


def _page_lines(page: pymupdf.Page, scale: float) -> tuple[Line, ...] | None:
    flags = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
    blocks = page.get_text("rawdict", flags=flags)["blocks"]
    matrix, size = page.rotation_matrix, (page.rect.width, page.rect.height)
    turn = (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)
    printed = [_PrintedLine.of(line, turn) for block in blocks for line in block["lines"]]
    if not _is_trustworthy(printed):
        return None
    level = [piece for line in printed if line.is_level for piece in line.pieces(*size)]
    sideways = [pieces for line in printed if not line.is_level and (pieces := line.pieces(*size))]
    placed = _side_by_side(level) + [(line[0].baseline, line) for line in sideways]
    lines = [line for _, line in sorted(placed, key=lambda row: row[0])]
    covered = _picture_share(page)
    is_scan = covered >= _FULL_PICTURE or (covered >= _HALF_PICTURE and sum(map(len, lines)) < _FEW_WORDS)
    if not lines or is_scan:
        return None
    return tuple(Line(words=tuple(piece.word(scale) for piece in line)) for line in lines)


def _is_trustworthy(printed: "list[_PrintedLine]") -> bool:
    visible = "".join(char["c"] for line in printed for char in line.visible).split()
    shown = sum(map(len, visible))
    hidden = sum(line.hidden for line in printed)
    undecodable = sum(_is_undecodable(char) for word in visible for char in word)
    return shown > 0 and hidden <= _MOST_HIDDEN * (shown + hidden) and undecodable <= _MOST_UNDECODABLE * shown


def _is_undecodable(char: str) -> bool:
    """Whether this stands for a glyph whose meaning the file does not tell."""
    return char == "\ufffd" or (not char.isprintable() and unicodedata.category(char) in {"Cc", "Cs", "Co", "Cn"})


def _picture_share(page: pymupdf.Page) -> float:
    """Share of the page that pictures cover; strips of one scan add up."""
    shown = page.rect * page.derotation_matrix
    areas = [abs(pymupdf.Rect(picture["bbox"]) & shown) for picture in page.get_image_info()]
    return float(sum(areas) / abs(shown)) if areas else 0.0


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word as it stands on the page as shown, in points."""

    text: str
    box: Box
    baseline: float
    size: float

    def word(self, scale: float) -> Word:
        x0, y0, x1, y1 = self.box
        return Word(text=self.text, box=Box(x0 * scale, y0 * scale, x1 * scale, y1 * scale), confidence=1.0)


@dataclass(frozen=True)
class _PrintedLine:
    """A line as MuPDF found it. `visible` are its shown characters with their font sizes, in writing order."""

    visible: list[dict[str, Any]]
    hidden: int
    """Number of characters, white space aside, that are in the file but not shown."""
    is_level: bool
    """Whether it runs from left to right on the page as shown."""
    turn: tuple[float, ...]
    """Six numbers of the affine map from the coordinates of `visible` to the page as shown."""

    @classmethod
    def of(cls, line: dict[str, Any], turn: tuple[float, ...]) -> "_PrintedLine":
        visible: list[dict[str, Any]] = []
        hidden = 0
        for span in line["spans"]:
            if span["char_flags"] & _FILLED_OR_STROKED and span["alpha"]:
                for char in span["chars"]:
                    char["size"] = span["size"]
                visible += span["chars"]
            else:
                hidden += sum(not char["c"].isspace() for char in span["chars"])
        across, down = line["dir"]
        return cls(visible, hidden, across * turn[0] + down * turn[2] > 0.99, turn)

    def pieces(self, width: float, height: float) -> list[_Piece]:
        """The words that stand on a page of this size, in points."""
        pieces = []
        run: list[dict[str, Any]] = []
        for char in [*self.visible, {"c": " "}]:
            if not char["c"].isspace():
                run.append(char)
            elif run:
                pieces.append(self._piece(run))
                run = []
        return [piece for piece in pieces if piece.text and _is_inside(piece.box, width, height)]

    def _piece(self, run: list[dict[str, Any]]) -> _Piece:
        first, last = run[0], run[-1]
        corners = [self._turned(*corner) for box in (first["bbox"], last["bbox"]) for corner in (box[:2], box[2:])]
        across, down = zip(*corners, strict=True)
        text = "".join([char["c"] for char in run if char["c"] not in _WITHOUT_SHAPE])
        size = max([char["size"] for char in run])
        if not self.is_level:
            return _Piece(text, Box(min(across), min(down), max(across), max(down)), min(down), size)
        baseline = self._turned(*first["origin"])[1]
        box = Box(min(across), baseline - _ASCENT * size, max(across), baseline + _DESCENT * size)
        return _Piece(text, box, baseline, size)

    def _turned(self, x: float, y: float) -> tuple[float, float]:
        a, b, c, d, e, f = self.turn
        return a * x + c * y + e, b * x + d * y + f


def _is_inside(box: Box, width: float, height: float) -> bool:
    return 0 <= (box.x0 + box.x1) / 2 <= width and 0 <= box.center_y <= height


def _side_by_side(pieces: list[_Piece]) -> list[tuple[float, list[_Piece]]]:
    """Words of one row, close together, form a line; each comes with the baseline of its row."""
    rows: list[list[_Piece]] = []
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
