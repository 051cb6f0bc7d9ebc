"""Whether drawing a PDF's pages would never end: drawings may contain drawings, each many times over."""

import re

import pymupdf
from pymupdf import mupdf

from ocr_pipeline.documents.limits import Limits
from ocr_pipeline.documents.pdf import PDF_ERRORS

_DRAW = re.compile(rb"/([^\s/<>\[\]()]+)\s+Do\b")


def check_drawing(document: pymupdf.Document, limits: Limits, file_bytes: int) -> None:
    """Counts the bytes of drawing commands that are carried out for all pages. To be called after `check_streams`.

    Raises Refused.
    """
    pdf = mupdf.pdf_document_from_fz_document(document.this)
    work = _Work(document)
    total = 0
    for index in range(document.page_count):
        page = mupdf.pdf_lookup_page_obj(pdf, index)
        resources = mupdf.pdf_dict_get_inheritable(page, mupdf.pdf_new_name("Resources"))
        total += work.of(_streams(mupdf.pdf_dict_gets(page, "Contents")), resources)
        limits.check_drawn(total, file_bytes)


def _streams(contents: mupdf.PdfObj) -> list[int]:
    """The numbers of a page's streams, of which it may have one or several."""
    several = [mupdf.pdf_array_get(contents, index) for index in range(mupdf.pdf_array_len(contents))]
    return [mupdf.pdf_to_num(stream) for stream in several or [contents]]


class _Work:
    """Bytes of commands by drawing, those of drawings within it included."""

    def __init__(self, document: pymupdf.Document) -> None:
        self._document = document
        self._known: dict[int, int] = {}

    def of(self, streams: list[int], resources: mupdf.PdfObj) -> int:
        drawings = mupdf.pdf_dict_gets(resources, "XObject")
        total = 0
        for xref in streams:
            commands = self._commands(xref)
            total += len(commands)
            for name in _DRAW.findall(commands) if mupdf.pdf_dict_len(drawings) else ():
                total += self._of_drawing(mupdf.pdf_dict_gets(drawings, name.decode("latin-1")))
        return total

    def _of_drawing(self, drawing: mupdf.PdfObj) -> int:
        xref = mupdf.pdf_to_num(drawing)
        if mupdf.pdf_to_name(mupdf.pdf_dict_gets(drawing, "Subtype")) != "Form":
            return 0
        if xref not in self._known:
            self._known[xref] = 0  # one that contains itself is drawn once
            self._known[xref] = self.of([xref], mupdf.pdf_dict_gets(drawing, "Resources"))
        return self._known[xref]

    def _commands(self, xref: int) -> bytes:
        try:
            return self._document.xref_stream(xref) or b""
        except PDF_ERRORS:
            return b""
