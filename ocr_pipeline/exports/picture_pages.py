"""A picture file as a PDF with a page for each picture."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
import pymupdf
from PIL import Image
from PIL.ImageFile import ImageFile

from ocr_pipeline.documents import decode, sniff
from ocr_pipeline.documents.page_image import Pixels
from ocr_pipeline.documents.pdf import POINTS_PER_INCH
from ocr_pipeline.documents.picture_check import open_picture

_EXIF_ORIENTATION = 0x0112
_TURNS = {1: 0, 3: 180, 6: 270, 8: 90}
"""EXIF orientations without a mirror to the degrees, against the clock, that bring the picture upright."""
_BELIEVABLE_DPI = (50, 4800)
"""Cameras and image programs also write 1 or 0."""
_LONGEST_SIDE = 14_400
"""Points: the largest page that viewers must open."""
_JPEG_QUALITY = 90


def picture_pages(data: bytes, media_type: str, dpi: int) -> pymupdf.Document:
    """A page for every page that `documents.decode.pages` finds, upright and in the same order.

    A page is as large as the picture's own resolution makes it, or `dpi` where it states none. The bytes of JPEG
    files go in as they are, those of PNG files without loss; so do TIFFs. WebP, which PDF does not know, becomes JPEG.
    """
    document = pymupdf.open()
    for picture in _pictures(data, media_type, dpi):
        page = document.new_page(width=picture.width, height=picture.height)
        page.insert_image(page.rect, stream=picture.data, rotate=picture.turn, keep_proportion=False)
    return document


@dataclass(frozen=True)
class _Picture:
    """`data` is a JPEG or PNG file that `turn` degrees against the clock bring upright; sizes are points, upright."""

    data: bytes
    turn: int
    width: float
    height: float


def _pictures(data: bytes, media_type: str, dpi: int) -> Iterator[_Picture]:
    # Pillow warns of oddities in metadata, which do not matter here.
    with warnings.catch_warnings(action="ignore"), open_picture(data) as image:
        orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
        if media_type in {sniff.JPEG, sniff.PNG} and orientation in _TURNS:
            width, height = _points(image, dpi)
            if orientation in {6, 8}:
                width, height = height, width
            yield _Picture(data, _TURNS[orientation], width, height)
            return
        for page in decode.pages(data, media_type, dpi):
            image.seek(page.number - 1)
            width, height = _points(image, dpi)
            if image.getexif().get(_EXIF_ORIENTATION, 1) >= 5:
                width, height = height, width
            lossless = media_type in {sniff.TIFF, sniff.PNG}
            yield _Picture(_png(page.pixels) if lossless else _jpeg(page.pixels), 0, width, height)


def _points(image: ImageFile, dpi: int) -> tuple[float, float]:
    """Width and height of the picture as it is stored."""
    stated = [float(value) for value in image.info.get("dpi", ())]
    least, most = _BELIEVABLE_DPI
    across, down = stated if len(stated) == 2 and all(least <= value <= most for value in stated) else (dpi, dpi)
    width, height = image.width * POINTS_PER_INCH / across, image.height * POINTS_PER_INCH / down
    shrink = min(1.0, _LONGEST_SIDE / max(width, height))
    return width * shrink, height * shrink


def _png(pixels: Pixels) -> bytes:
    """With one bit a pixel, or eight, where that says it all."""
    grey = pixels[:, :, 0]
    if not (np.array_equal(grey, pixels[:, :, 1]) and np.array_equal(grey, pixels[:, :, 2])):
        return _saved(Image.fromarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)), "PNG")
    is_two_tone = bool(np.isin(grey, (0, 255)).all())
    picture = Image.fromarray(grey)
    return _saved(picture.convert("1", dither=Image.Dither.NONE) if is_two_tone else picture, "PNG")


def _jpeg(pixels: Pixels) -> bytes:
    return _saved(
        Image.fromarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)), "JPEG", quality=_JPEG_QUALITY, subsampling=0
    )


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
