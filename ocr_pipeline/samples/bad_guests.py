"""Files that are more than the document they seem: two formats at once, and PDFs that act by themselves."""

import struct
from io import BytesIO
from zipfile import ZipFile, ZipInfo

import pymupdf

_SCRIPT = "<script>location = 'https://example.com'</script>"


def archive() -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as written:
        # Without a ZipInfo of its own a member carries the time of day.
        written.writestr(ZipInfo("invoice.csv"), "item,price\npaper,5.80\n")
    return buffer.getvalue()


def jpeg_and_pdf(jpeg: bytes, pdf: bytes) -> bytes:
    """A JPEG whose comment begins a PDF; readers of PDF take its table from the end and find all they need."""
    start = b"%PDF-1.7\n"
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", 2 + len(start)) + start + jpeg[2:] + pdf


def and_zip(document: bytes) -> bytes:
    return document + archive()


def picture_and_page(picture: bytes) -> bytes:
    return picture + f"<html><body>{_SCRIPT}</body></html>".encode()


def gif_and_pdf(pdf: bytes) -> bytes:
    """Begins as the smallest GIF."""
    gif = b"GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02L\x01\x00;"
    return gif + pdf


def pdf_with_script() -> bytes:
    """Runs when it is opened. It stands in an object stream, where no search through the file finds it."""
    with _one_page() as document:
        action = _add(document, "<</S/JavaScript/JS(app.alert\\('Hello'\\))>>")
        document.xref_set_key(document.pdf_catalog(), "OpenAction", f"{action} 0 R")
        return bytes(document.tobytes(use_objstms=1, deflate=True, no_new_id=True))


def pdf_that_launches() -> bytes:
    """A link over the whole page that starts a program."""
    with _one_page() as document:
        link = _add(document, "<</Type/Annot/Subtype/Link/Rect[0 0 595 842]/A<</S/Launch/F(setup.exe)>>>>")
        document.xref_set_key(document.page_xref(0), "Annots", f"[{link} 0 R]")
        return bytes(document.tobytes(no_new_id=True))


def drawing() -> bytes:
    """An SVG."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40">{_SCRIPT}</svg>'.encode()


def _one_page() -> pymupdf.Document:
    document = pymupdf.open()
    document.new_page().insert_text((50, 80), "Invoice 4711")
    return document


def _add(document: pymupdf.Document, content: str) -> int:
    """The number of a new object."""
    xref = int(document.get_new_xref())
    document.update_object(xref, content)
    return xref
