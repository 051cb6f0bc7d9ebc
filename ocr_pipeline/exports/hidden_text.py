"""Takes the text out of a PDF page that nobody sees there, as the layer that another OCR program left behind."""

import pymupdf
from pymupdf import mupdf

_LOOK_DPI = 100
_EVERYWHERE = pymupdf.Rect(-20_000, -20_000, 20_000, 20_000)
"""Points: pages are at most 14,400 wide and high, and text may stand beside them."""


def remove_hidden_text(document: pymupdf.Document, index: int) -> None:
    """What the page shows stays the same: text goes that is drawn invisibly, or, where taking all of the page's
    text away leaves its picture unchanged (it lies under the scan, or is white on white), all of it."""
    if not document.load_page(index).get_text("text").strip():
        return
    everything = _is_unseen(document, index)
    _remove(document, index, mupdf.PDF_REDACT_TEXT_REMOVE if everything else mupdf.PDF_REDACT_TEXT_REMOVE_INVISIBLE)


def _is_unseen(document: pymupdf.Document, index: int) -> bool:
    """Whether the page looks the same without its text, tried on a copy."""
    with pymupdf.open() as copy:
        copy.insert_pdf(document, from_page=index, to_page=index)
        before = _look(copy)
        _remove(copy, 0, mupdf.PDF_REDACT_TEXT_REMOVE)
        return before == _look(copy)


def _look(document: pymupdf.Document) -> bytes:
    return bytes(document.load_page(0).get_pixmap(dpi=_LOOK_DPI, alpha=False, annots=False).samples)


def _remove(document: pymupdf.Document, index: int, what: int) -> None:
    xref = document.page_xref(index)
    # A redaction would take links and form fields with it.
    kind, annotations = document.xref_get_key(xref, "Annots")
    document.xref_set_key(xref, "Annots", "null")
    page = document.load_page(index)
    page.add_redact_annot(_EVERYWHERE, fill=())
    page.apply_redactions(images=mupdf.PDF_REDACT_IMAGE_NONE, graphics=mupdf.PDF_REDACT_LINE_ART_NONE, text=what)
    document.xref_set_key(xref, "Annots", "null" if kind == "null" else annotations)
