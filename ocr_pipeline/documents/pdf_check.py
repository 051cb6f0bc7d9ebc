"""Whether a PDF is whole, open, quiet and of reasonable size, decided without rendering a page."""

import re

import pymupdf

from ocr_pipeline.documents.active_pdf import check_active
from ocr_pipeline.documents.limits import Limits, Refused, Size, corrupt, truncated
from ocr_pipeline.documents.pdf import PDF_ERRORS, POINTS_PER_INCH, open_pdf
from ocr_pipeline.documents.pdf_drawing import check_drawing
from ocr_pipeline.documents.pdf_streams import check_streams
from ocr_pipeline.errors import ErrorCode

_LINEARIZED = re.compile(rb"/Linearized\b")
_STATED_LENGTH = re.compile(rb"/L\s+(\d+)")
_TAIL = 1024
"""Bytes at the end of a PDF within which readers expect the end mark."""


def checked_page_count(data: bytes, limits: Limits) -> int:
    """The number of pages. Raises Refused for a PDF that is broken, closed, active or too large."""
    try:
        with open_pdf(data) as document:
            if document.needs_pass:
                raise Refused(ErrorCode.ENCRYPTED_PDF)
            check_streams(document, limits, len(data))
            _check_whole(document, data)
            limits.check_pages(document.page_count)
            _check_embedded(document, limits, len(data))
            check_drawing(document, limits, len(data))
            _check_pages(document, limits, len(data))
            if limits.active_pdf == "reject":
                check_active(document)
            # Damage inside an object is repaired only when that object is read, so look once more.
            _check_whole(document, data)
            return int(document.page_count)
    except PDF_ERRORS as error:
        if not _has_end_mark(data):
            raise truncated() from error
        raise corrupt("its structure is damaged") from error


def _check_whole(document: pymupdf.Document, data: bytes) -> None:
    """Refuses a PDF that is cut short or has no pages.

    MuPDF repairs what it can, and would show half a document. A damaged cross-reference table is harmless as long as
    the end is there; without the end there is no knowing what is missing.
    """
    head = data[:_TAIL]
    stated = _STATED_LENGTH.search(head)
    is_shorter_than_stated = _LINEARIZED.search(head) and stated and int(stated[1]) > len(data)
    if is_shorter_than_stated or (document.is_repaired and not _has_end_mark(data)):
        raise truncated()
    if document.page_count < 1:
        raise corrupt("it has no pages")


def _check_embedded(document: pymupdf.Document, limits: Limits, file_bytes: int) -> None:
    """Looks at every picture object by the size it states, masks and pictures in patterns included."""
    for xref in range(1, document.xref_length()):
        size = _picture_size(document, xref)
        if size is not None:
            limits.check_embedded(size, file_bytes)


def _picture_size(document: pymupdf.Document, xref: int) -> Size | None:
    """Width and height that a picture object states; None for any other object, and for gaps in the numbering."""
    try:
        if not document.xref_is_image(xref):
            return None
        width, height = (document.xref_get_key(xref, key) for key in ("Width", "Height"))
    except PDF_ERRORS:
        return None
    return Size(int(width[1]), int(height[1])) if width[0] == height[0] == "int" else None


def _check_pages(document: pymupdf.Document, limits: Limits, file_bytes: int) -> None:
    scale = limits.pdf_dpi / POINTS_PER_INCH
    for index in range(document.page_count):
        page = document.load_page(index)
        size = Size(round(page.rect.width * scale), round(page.rect.height * scale))
        if size.pixels < 1:
            raise corrupt(f"page {index + 1} has no area")
        limits.check_page(index + 1, size, file_bytes)
        # This finds the pictures that stand inside the page's own drawing commands.
        for picture in page.get_image_info():
            limits.check_embedded(Size(picture["width"], picture["height"]), file_bytes)


def _has_end_mark(data: bytes) -> bool:
    return b"%%EOF" in data.rstrip(b"\x00\r\n\t ")[-_TAIL:]
