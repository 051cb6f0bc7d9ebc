"""Pictures and sheets as the bytes of files. The same input makes the same bytes."""

from collections.abc import Mapping
from datetime import date
from io import BytesIO

import numpy as np
import pymupdf
from PIL import Image

from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.samples.sheet import Sheet

_EXIF_ORIENTATION = 0x0112
_TURN_CLOCKWISE_TO_VIEW = 6


def jpeg(page: Pixels, quality: int, dpi: int) -> bytes:
    return _saved(_image(page), "JPEG", quality=quality, dpi=(dpi, dpi))


def jpeg_held_sideways(page: Pixels, quality: int) -> bytes:
    """As telephones store a picture taken upright: lying on its side, with the EXIF orientation that says so."""
    exif = Image.Exif()
    exif[_EXIF_ORIENTATION] = _TURN_CLOCKWISE_TO_VIEW
    return _saved(_image(np.rot90(page)), "JPEG", quality=quality, exif=exif)


def png(page: Pixels, dpi: int) -> bytes:
    return _saved(_image(page).convert("L"), "PNG", dpi=(dpi, dpi))


def webp(page: Pixels, quality: int) -> bytes:
    return _saved(_image(page), "WEBP", quality=quality, method=2)


def fax_tiff(pages: list[Pixels], dpi: int) -> bytes:
    """One bit a pixel, CCITT group 4."""
    first, *others = [_image(page).convert("1") for page in pages]
    return _saved(first, "TIFF", save_all=True, append_images=others, compression="group4", dpi=(dpi, dpi))


def pdf(sheets: list[Sheet], day: date, attachments: Mapping[str, bytes] | None = None) -> bytes:
    """With a text layer; `attachments` are files by their names."""
    with pymupdf.open() as document:
        for sheet in sheets:
            sheet.draw_on(document)
        for name, content in (attachments or {}).items():
            reference = document.embfile_add(name, content)
            for moment in ("CreationDate", "ModDate"):
                document.xref_set_key(reference, f"Params/{moment}", f"({_moment(day)})")
        return _pdf_bytes(document, day)


def pdf_of_scans(pages: list[Pixels], dpi: int, day: date) -> bytes:
    """Pages that hold a JPEG each and no text."""
    with pymupdf.open() as document:
        for pixels in pages:
            height, width = (side * 72 / dpi for side in pixels.shape[:2])
            page = document.new_page(width=width, height=height)
            page.insert_image(page.rect, stream=jpeg(pixels, 80, dpi))
        return _pdf_bytes(document, day)


def _pdf_bytes(document: pymupdf.Document, day: date) -> bytes:
    made = _moment(day)
    document.set_metadata({"producer": "ocr-pipeline samples", "creationDate": made, "modDate": made})
    return bytes(document.tobytes(garbage=3, deflate=True, no_new_id=True))


def _moment(day: date) -> str:
    return f"D:{day:%Y%m%d}090000Z"


def _image(page: Pixels) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(page[:, :, ::-1]))


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
