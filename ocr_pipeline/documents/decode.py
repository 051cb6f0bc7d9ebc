"""Files become page pictures, one at a time."""

import warnings
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pymupdf
from PIL import Image, ImageOps

from ocr_pipeline.documents import sniff
from ocr_pipeline.documents.page_image import PageImage, Pixels
from ocr_pipeline.documents.pdf import PDF_ERRORS, page_by_page, samples
from ocr_pipeline.documents.picture_check import PICTURE_ERRORS, open_picture
from ocr_pipeline.errors import ErrorCode, PipelineError


class UnreadableDocument(PipelineError):  # noqa: N818 - it says what the document is
    """A page could not be decoded although the file's structure looked right; its code is CORRUPT_FILE."""

    def __init__(self, page: int, reason: object) -> None:
        super().__init__(ErrorCode.CORRUPT_FILE, detail=f"page {page}: {str(reason).rstrip('.')}")


def pages(
    data: bytes, media_type: str, dpi: int, is_wanted: Callable[[int], bool] | None = None
) -> Iterator[PageImage]:
    """Decodes a file that `intake.read_raw` accepted, page after page; one page is held at a time.

    `media_type` is the one of its `RawDocument`. `dpi` is the resolution at which PDF pages are rendered; pictures
    keep their pixels, turned upright by their EXIF orientation. Transparency becomes white paper. Pages whose number
    `is_wanted` refuses are left out, at no cost.

    Raises UnreadableDocument at the first page that cannot be decoded.
    """
    if media_type == sniff.PDF:
        yield from _pdf_pages(data, dpi, is_wanted)
    else:
        yield from _picture_pages(data, is_wanted, every_frame=media_type == sniff.TIFF)


def _pdf_pages(data: bytes, dpi: int, is_wanted: Callable[[int], bool] | None) -> Iterator[PageImage]:
    def rendered(document: pymupdf.Document, index: int) -> PageImage | None:
        if is_wanted is not None and not is_wanted(index + 1):
            return None
        return PageImage(index + 1, _rendered(document, index, dpi))

    number = 0
    try:
        for page in page_by_page(data, rendered):
            number += 1
            if page is not None:
                yield page
    except PDF_ERRORS as error:
        raise UnreadableDocument(number + 1, error) from error
    if not number:
        raise UnreadableDocument(1, "there is none")


def _rendered(document: pymupdf.Document, index: int, dpi: int) -> Pixels:
    picture = document.load_page(index).get_pixmap(dpi=dpi, colorspace=pymupdf.csRGB, alpha=False)
    return np.asarray(cv2.cvtColor(samples(picture), cv2.COLOR_RGB2BGR), np.uint8)


def _picture_pages(data: bytes, is_wanted: Callable[[int], bool] | None, *, every_frame: bool) -> Iterator[PageImage]:
    number = 1
    try:
        # Pillow warns of oddities in metadata, which do not matter here.
        with warnings.catch_warnings(action="ignore"):
            image = open_picture(data)
        with image:
            while True:
                if is_wanted is None or is_wanted(number):
                    with warnings.catch_warnings(action="ignore"):
                        pixels = _flattened(image)
                    yield PageImage(number, pixels)
                if not every_frame:
                    return
                number += 1
                with warnings.catch_warnings(action="ignore"):
                    try:
                        image.seek(number - 1)
                    except EOFError:
                        return
    except PICTURE_ERRORS as error:
        raise UnreadableDocument(number, error) from error


def _flattened(image: Image.Image) -> Pixels:
    """Upright BGR pixels of the frame that `image` stands at."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16") or upright.mode in {"I", "F"}:
        return np.asarray(cv2.cvtColor(_eight_bits(np.asarray(upright)), cv2.COLOR_GRAY2BGR), np.uint8)
    if upright.has_transparency_data:
        layered = upright.convert("RGBA")
        upright = Image.new("RGB", layered.size, "white")
        upright.paste(layered, mask=layered.getchannel("A"))
    rgb = np.asarray(upright if upright.mode == "RGB" else upright.convert("RGB"), np.uint8)
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), np.uint8)


def _eight_bits(values: np.ndarray) -> Pixels:
    """Grey values of 16 bits, 32 bits or floats, as 8 bits: whole range for 16 bits, else what the picture uses."""
    if values.dtype == np.uint16 or (values.dtype == np.int32 and 255 < values.max() <= 65535):
        return (values >> 8).astype(np.uint8)
    low, high = float(values.min()), float(values.max())
    return ((values - low) * (255.0 / max(high - low, 1e-9))).astype(np.uint8)
