"""Opening PDFs with MuPDF, quietly.

MuPDF must not be called by two threads of one process at a time.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pymupdf

# MuPDF prints what it repairs; standard output belongs to whoever calls us.
pymupdf.TOOLS.mupdf_display_errors(False)
pymupdf.TOOLS.mupdf_display_warnings(False)

PDF_ERRORS: tuple[type[Exception], ...] = (
    pymupdf.mupdf.FzErrorBase,
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
)
"""What pymupdf raises for broken files: MuPDF's own errors, and slips of its Python code on odd objects."""

POINTS_PER_INCH = 72


@contextmanager
def open_pdf(data: bytes) -> Iterator[pymupdf.Document]:
    """The document, closed afterwards. Raises one of `PDF_ERRORS` where it cannot be opened."""
    document = pymupdf.open(stream=data, filetype="pdf")
    try:
        yield document
    finally:
        document.close()
