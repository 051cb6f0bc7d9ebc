"""Whether a picture file is whole and of reasonable size, decided by decoding it once."""

import re
import struct
import warnings
from collections.abc import Iterator
from io import BytesIO

from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import STRIPBYTECOUNTS, STRIPOFFSETS, TILEBYTECOUNTS, TILEOFFSETS, TiffImageFile

from ocr_pipeline.documents import sniff
from ocr_pipeline.documents.limits import Limits, Size, corrupt, truncated

# The size is checked before anything is decoded, against a limit that the operator sets; Pillow's is fixed.
Image.MAX_IMAGE_PIXELS = None

PICTURE_ERRORS = (OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError,
                  RuntimeError, MemoryError, EOFError, AssertionError, struct.error)  # fmt: skip
"""What Pillow raises for broken files."""

_PNG_END, _JPEG_END = b"IEND\xaeB`\x82", b"\xff\xd9"
_TIFF_HEADER_BYTES = 16
_JPEG_SCAN, _MOST_SCANS = b"\xff\xda", 500
"""A progressive JPEG has about ten; each costs as much time as the whole picture, however few bytes it has."""
_CUT_DIRECTORY = re.compile("Truncated|Expecting to read|larger than file")
"""Part of what Pillow warns of where a TIFF's directory reaches beyond the end of the file."""


def open_picture(data: bytes) -> ImageFile:
    """The picture, of which nothing but the header has been read. Raises one of `PICTURE_ERRORS`."""
    return Image.open(BytesIO(data), formats=("JPEG", "PNG", "TIFF", "WEBP"))


def checked_frame_count(data: bytes, media_type: str, limits: Limits) -> int:
    """The number of pages. Raises Refused for a picture that is broken or too large.

    A TIFF has as many pages as frames. Of an animation in any other format the first picture is the page.
    """
    # Pillow accepts a PNG without its last four bytes.
    if media_type == sniff.PNG and _PNG_END not in data:
        raise truncated()
    if media_type == sniff.JPEG and data.count(_JPEG_SCAN) > _MOST_SCANS:
        raise corrupt(f"it has more than {_MOST_SCANS} scans")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            with open_picture(data) as image:
                sizes = list(_frame_sizes(image, limits.max_pages, len(data)))
                limits.check_pages(len(sizes))
                for number, size in enumerate(sizes, start=1):
                    limits.check_page(number, size, len(data))
                image.verify()  # the checksums of a PNG
            with open_picture(data) as image:
                for index in range(len(sizes)):
                    image.seek(index)
                    image.load()
        except PICTURE_ERRORS as error:
            is_directory_cut = any(_CUT_DIRECTORY.search(str(warning.message)) for warning in warned)
            if is_directory_cut or _is_cut_short(data, media_type):
                raise truncated() from error
            raise corrupt("its picture data is damaged") from error
    return len(sizes)


def _frame_sizes(image: ImageFile, most: int, file_bytes: int) -> Iterator[Size]:
    """The size of every page, of `most` + 1 pages at the most: a file with too many is not read to its end."""
    if not isinstance(image, TiffImageFile):
        yield Size(*image.size)
        return
    for index in range(most + 1):
        try:
            image.seek(index)
        except EOFError:
            # Pillow stops in silence where the next directory is one that it has seen.
            if image.tag_v2.next:
                raise ValueError("the pages run in a circle") from None
            return
        if min(image.size) < 1:
            raise ValueError("a page has no area")
        if _picture_end(image) > file_bytes:
            raise truncated()
        yield Size(*image.size)


def _picture_end(image: TiffImageFile) -> int:
    """Where the picture data of a TIFF's page ends; some decoders make up for what is missing."""
    tags = image.tag_v2
    starts = tags.get(TILEOFFSETS) or tags.get(STRIPOFFSETS) or ()
    # Very old writers leave out the byte counts; then only the starts can be checked.
    lengths = tags.get(TILEBYTECOUNTS) or tags.get(STRIPBYTECOUNTS) or [1] * len(starts)
    return max(map(sum, zip(starts, lengths, strict=False)), default=0)


def _is_cut_short(data: bytes, media_type: str) -> bool:
    """Whether the end is missing in a file that cannot be decoded."""
    if media_type == sniff.JPEG:
        return not data.rstrip(b"\x00\r\n").endswith(_JPEG_END)
    if media_type == sniff.WEBP:
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    return media_type == sniff.TIFF and len(data) < _TIFF_HEADER_BYTES
