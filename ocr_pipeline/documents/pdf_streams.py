"""Whether a PDF's streams unpack to far more than any honest file holds."""

import pymupdf
from pymupdf import mupdf

from ocr_pipeline.documents.limits import Limits, corrupt
from ocr_pipeline.documents.pdf import PDF_ERRORS

_MOST_OBJECTS = 1_000_000
_COMPRESSED = "o"
"""MuPDF's mark of an object that lies in an object stream."""


def check_streams(document: pymupdf.Document, limits: Limits, file_bytes: int) -> None:
    """Unpacks streams of objects and of drawing commands, and throws away what comes out.

    To be called before any object is looked at: MuPDF unpacks an object stream whole. Pictures are judged by the size
    they state, and attachments are never unpacked. Raises Refused.
    """
    if document.xref_length() > _MOST_OBJECTS:
        raise corrupt(f"it has more than {_MOST_OBJECTS} objects")
    pdf = mupdf.pdf_document_from_fz_document(document.this)
    most = limits.unpacked_bytes(file_bytes)
    holders = dict.fromkeys(_object_streams(document, pdf))
    unpacked = 0
    for xref in holders:
        unpacked += _length(pdf, xref, most + 1 - unpacked)
        limits.check_unpacked(unpacked, file_bytes)
    for xref in range(1, document.xref_length()):
        if xref not in holders and _is_drawn(document, xref):
            unpacked += _length(pdf, xref, most + 1 - unpacked)
            limits.check_unpacked(unpacked, file_bytes)


def _object_streams(document: pymupdf.Document, pdf: mupdf.PdfDocument) -> list[int]:
    entries = (mupdf.ll_pdf_get_xref_entry_no_null(pdf.m_internal, xref) for xref in range(1, document.xref_length()))
    return [int(entry.ofs) for entry in entries if entry.type == _COMPRESSED]


def _is_drawn(document: pymupdf.Document, xref: int) -> bool:
    try:
        return bool(document.xref_is_stream(xref)) and not (
            document.xref_is_image(xref) or document.xref_get_key(xref, "Type")[1] == "/EmbeddedFile"
        )
    except PDF_ERRORS:
        return False  # a gap in the numbering


def _length(pdf: mupdf.PdfDocument, xref: int, most: int) -> int:
    """Bytes that the stream unpacks to, of which `most` are looked at."""
    try:
        return int(mupdf.fz_skip(mupdf.pdf_open_stream_number(pdf, xref), most))
    except PDF_ERRORS:
        return 0  # what is damaged shows where it is used
