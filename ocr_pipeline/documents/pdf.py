"""Opening PDFs with MuPDF, quietly, and by one thread at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
import numpy.typing as npt
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

MUPDF_LOCK = threading.RLock()
"""Held by whoever calls MuPDF, which serves one thread of a process at a time."""

_STORE_SHRINK_PERCENT = 50

T = TypeVar("T")


@contextmanager
def open_pdf(data: bytes) -> Iterator[pymupdf.Document]:
    """The document, closed afterwards; other threads wait as long, so not for use around a ``yield``.

    Raises one of `PDF_ERRORS` where it cannot be opened.
    """
    with MUPDF_LOCK:
        document = pymupdf.open(stream=data, filetype="pdf")
        try:
            yield document
        finally:
            document.close()


def page_by_page(data: bytes, work: Callable[[pymupdf.Document, int], T]) -> Iterator[T]:
    """What `work` makes of the document and the index of each page in turn; other threads have theirs in between.

    Raises one of `PDF_ERRORS` where the document cannot be opened, and what `work` raises.
    """
    with MUPDF_LOCK:
        document = pymupdf.open(stream=data, filetype="pdf")
        pages = document.page_count
    try:
        for index in range(pages):
            with MUPDF_LOCK:
                result = work(document, index)
                # MuPDF would keep up to 256 MB of decoded fonts and pictures of the pages before.
                pymupdf.TOOLS.store_shrink(_STORE_SHRINK_PERCENT)
            yield result
    finally:
        with MUPDF_LOCK:
            document.close()


def samples(picture: pymupdf.Pixmap) -> npt.NDArray[np.uint8]:
    """A view of the pixels of shape (height, width, channels), valid as long as the picture lives."""
    rows = np.frombuffer(picture.samples_mv, np.uint8).reshape(picture.height, picture.stride)
    return rows[:, : picture.width * picture.n].reshape(picture.height, picture.width, picture.n)
