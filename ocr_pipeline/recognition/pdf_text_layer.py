"""Reads the text that a PDF page carries itself, where it can be trusted to be what the page shows."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pymupdf

from ocr_pipeline.documents.model import PDF_TEXT_LAYER, Line, Page
from ocr_pipeline.documents.pdf import PDF_ERRORS, POINTS_PER_INCH, page_by_page, samples
from ocr_pipeline.recognition import pdf_text_layer_trust as trust
from ocr_pipeline.recognition.pdf_text_layer_words import Piece, PrintedLine, in_lines

_MOST_HIDDEN = 0.05
_MOST_UNDECODABLE = 0.1
_FULL_PICTURE = 0.85
_HALF_PICTURE = 0.5
_FEW_WORDS = 30
"""A page half of which is a picture, with fewer words than this beside it, is a scan with a stamp or a number."""

_COMPARED_SIZE = 14
"""Pixels that a letter's font size has in the picture with which the text is compared."""
_COMPARED_SCALES = (1.0, 4.0)
_COMPARED_PIXELS = 6_000_000


def text_layer(data: bytes, dpi: int, is_wanted: Callable[[int], bool] = lambda _: True) -> Iterator[Page | None]:
    """Every page in turn with its lines, top to bottom.

    None for one whose text is missing or not to be trusted, or whose number `is_wanted` refuses.

    Boxes are pixels of the page as it is shown (turned as the page says) and rendered at `dpi`; confidence is 1.
    `data` is a PDF that intake accepted; one that cannot be opened raises one of `documents.pdf.PDF_ERRORS`.
    """

    def read(document: pymupdf.Document, index: int) -> Page | None:
        return _page(document, index, dpi / POINTS_PER_INCH) if is_wanted(index + 1) else None

    return page_by_page(data, read)


def _page(document: pymupdf.Document, index: int, scale: float) -> Page | None:
    try:
        # Text, pictures and rendering come from one interpretation of the page, and in its coordinates as shown.
        drawn = document.load_page(index).get_displaylist()
        lines = _trusted_lines(drawn)
    except PDF_ERRORS:
        # Damage that MuPDF cannot read past: what the page shows is left to a recognition engine.
        return None
    if not lines:
        return None
    shown = (drawn.rect * pymupdf.Matrix(scale, scale)).irect
    return Page(
        number=index + 1,
        width=shown.width,
        height=shown.height,
        source=PDF_TEXT_LAYER,
        lines=tuple(Line(words=tuple(piece.word(scale) for piece in line)) for line in lines),
    )


def _trusted_lines(drawn: pymupdf.DisplayList) -> list[list[Piece]]:
    """Lines from top to bottom; none where the page's text is not what it shows."""
    width, height = drawn.rect.width, drawn.rect.height
    text = pymupdf.TextPage(drawn.get_textpage(pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP))
    printed = [PrintedLine.of(line) for block in text.extractRAWDICT()["blocks"] for line in block["lines"]]
    if not _is_decoded(printed) or _is_scan(drawn, sum(len(line.text.split()) for line in printed)):
        return []
    lines = in_lines(printed, width, height)
    return lines if _is_shown(drawn, printed, [piece for line in lines for piece in line]) else []


def _is_decoded(printed: Sequence[PrintedLine]) -> bool:
    visible = "".join("".join(line.text.split()) for line in printed)
    hidden = sum(line.hidden for line in printed)
    undecodable = sum(visible.count(char) for char in set(visible) if _is_undecodable(char))
    shown = len(visible)
    return shown > 0 and hidden <= _MOST_HIDDEN * (shown + hidden) and undecodable <= _MOST_UNDECODABLE * shown


def _is_undecodable(char: str) -> bool:
    """Whether this stands for a glyph whose meaning the file does not tell."""
    return char == "\ufffd" or (not char.isprintable() and unicodedata.category(char) in {"Cc", "Cs", "Co", "Cn"})


def _is_scan(drawn: pymupdf.DisplayList, words: int) -> bool:
    """Whether pictures cover the page, or half of it with little text beside; strips of one scan add up."""
    pictures = pymupdf.TextPage(drawn.get_textpage(pymupdf.TEXT_PRESERVE_IMAGES | pymupdf.TEXT_MEDIABOX_CLIP))
    areas = [abs(pymupdf.Rect(picture["bbox"]) & drawn.rect) for picture in pictures.extractIMGINFO()]
    covered = sum(areas) / abs(drawn.rect)
    return covered >= _FULL_PICTURE or (covered >= _HALF_PICTURE and words < _FEW_WORDS)


def _is_shown(drawn: pymupdf.DisplayList, printed: Sequence[PrintedLine], pieces: Sequence[Piece]) -> bool:
    """Whether a rendering of the page shows the words, as they are, and no other text."""
    sizes = [size for line in printed for size in line.sizes]
    scale = min(max(_COMPARED_SIZE / max(float(np.median(sizes)), 1.0), _COMPARED_SCALES[0]), _COMPARED_SCALES[1])
    scale = min(scale, (_COMPARED_PIXELS / max(abs(drawn.rect), 1.0)) ** 0.5)
    matrix = pymupdf.Matrix(scale, scale)
    picture = drawn.get_pixmap(matrix, pymupdf.csGRAY, alpha=0)
    grey = samples(picture)[:, :, 0]
    boxes = [piece.scaled_box(scale) for piece in pieces]
    lengths = np.array([len(piece.text) for piece in pieces])
    total = int(lengths.sum())
    return (
        total > 0
        and int(lengths[trust.unseen(grey, boxes)].sum()) <= _MOST_HIDDEN * total
        and trust.looks_as_claimed(grey, printed, scale)
        and not trust.has_unclaimed_text(grey, boxes, total)
    )
