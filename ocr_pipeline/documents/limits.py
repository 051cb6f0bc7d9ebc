"""How large a document may be, and how the guards of intake say no."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, Self

from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.settings import Settings

_BOMB_FACTOR = 4
_BOMB_PIXELS_PER_BYTE = 200
"""Scans have 0.5 to 60 pixels in a byte of JPEG, PNG or G4 fax; only a blank page comes near 200."""


_BOMB_BYTES = 64_000_000
_BOMB_BYTES_PER_BYTE = 30
"""Drawing commands of PDFs are packed 3 to 10 times; the densest file may hold the first number all the same."""

_MOST_REPEATS = 10


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        return self.width * self.height


class Refused(Exception):  # noqa: N818 - it ends in a rejection, which is no error
    """Raised by the guards and caught by `intake.read_raw`; it carries the rejection."""

    def __init__(self, code: ErrorCode, **details: object) -> None:
        self.rejection = Rejection.of(code, **details)
        super().__init__(self.rejection.message)


def truncated() -> Refused:
    return Refused(ErrorCode.TRUNCATED_FILE)


def corrupt(detail: str) -> Refused:
    return Refused(ErrorCode.CORRUPT_FILE, detail=detail)


@dataclass(frozen=True)
class Limits:
    """What a document may have at most, and whether its PDF may act by itself.

    `pdf_dpi` is the resolution at which the pixels of PDF pages are counted.
    """

    max_file_bytes: int
    max_pages: int
    max_pixels: int
    pdf_dpi: int
    active_pdf: Literal["reject", "accept"]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            settings.max_file_bytes, settings.max_pages, settings.max_pixels, settings.pdf_dpi, settings.active_pdf
        )

    def check_bytes(self, count: int) -> None:
        if count > self.max_file_bytes:
            raise Refused(ErrorCode.FILE_TOO_LARGE, what="The file", size=count, limit=self.max_file_bytes)

    def check_pages(self, count: int) -> None:
        if count > self.max_pages:
            raise Refused(ErrorCode.TOO_MANY_PAGES, pages=count, limit=self.max_pages)

    def check_page(self, number: int, size: Size, file_bytes: int) -> None:
        """Refuses a page over the limit; one far over it, out of a file too small for that, is a bomb."""
        if size.pixels <= self.max_pixels:
            return
        if size.pixels > _BOMB_FACTOR * self.max_pixels and size.pixels > _BOMB_PIXELS_PER_BYTE * file_bytes:
            raise Refused(ErrorCode.DECOMPRESSION_BOMB, unpacked=f"{size.pixels} pixels", size=file_bytes)
        raise Refused(ErrorCode.TOO_MANY_PIXELS, page=number, pixels=size.pixels, limit=self.max_pixels)

    def check_embedded(self, size: Size, file_bytes: int) -> None:
        """Refuses a picture inside a PDF page: it is unpacked whole, however small the page is.

        Pictures may be finer than the page is rendered, so the limit is wider than that of a page.
        """
        if size.pixels > _BOMB_FACTOR * self.max_pixels:
            raise Refused(ErrorCode.DECOMPRESSION_BOMB, unpacked=f"{size.pixels} pixels", size=file_bytes)

    def unpacked_bytes(self, file_bytes: int) -> int:
        """What the streams of a PDF may unpack to."""
        return max(_BOMB_BYTES, _BOMB_BYTES_PER_BYTE * file_bytes)

    def check_unpacked(self, count: int, file_bytes: int) -> None:
        if count > self.unpacked_bytes(file_bytes):
            raise Refused(ErrorCode.DECOMPRESSION_BOMB, unpacked=f"more than {count - 1} bytes", size=file_bytes)

    def check_drawn(self, count: int, file_bytes: int) -> None:
        """Refuses a PDF whose pages repeat so many bytes of drawing commands."""
        if count > _MOST_REPEATS * self.unpacked_bytes(file_bytes):
            raise Refused(ErrorCode.DECOMPRESSION_BOMB, unpacked=f"{count} bytes of drawing", size=file_bytes)
