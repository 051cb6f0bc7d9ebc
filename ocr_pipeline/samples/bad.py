"""Files that must be turned away, each for its own reason."""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pymupdf
from PIL import Image

from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.samples import bad_guests
from ocr_pipeline.samples.generate import compose

_A_JPEG, _A_PDF = 0, 2
"""Where in the good samples a JPEG and a PDF come."""

_IDENTIFIER = b"38C2A3C3BEC3940B15C3A86CC39F684F"
_OWNER_KEY = b"0BA3835F88F90388E74E54584125CE142BE0DE24C6B0D37746E075B891756671"
_USER_KEY = b"FE98281C927E8FC534AE24DBB5D8467D28BF4E5E4E758A4164004E56FFFA0108"
"""What PDF derives from the passwords "owner" and "user" and this identifier."""

_DEFAULT_MAX_PAGES, _DEFAULT_MAX_PIXELS = 500, 60_000_000
"""Of `Settings`; the samples are wrong for these."""


@dataclass(frozen=True)
class BadSample:
    """A file on disk and the code with which intake has to reject it, under the default settings."""

    path: Path
    code: ErrorCode


def bad_files(folder: Path, seed: int = 0) -> list[BadSample]:
    """Writes one file of every bad kind into `folder`, which is made where it is missing.

    The same seed makes the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.Generator(np.random.PCG64([seed, 1_000_003]))
    jpeg, pdf = compose(folder, seed, _A_JPEG)[1], compose(folder, seed, _A_PDF)[1]
    made = [
        ("empty.pdf", ErrorCode.EMPTY_FILE, b""),
        ("cut-short.jpg", ErrorCode.TRUNCATED_FILE, jpeg[: _somewhere(rng, jpeg)]),
        ("cut-short.pdf", ErrorCode.TRUNCATED_FILE, pdf[: _somewhere(rng, pdf)]),
        ("archive-called.pdf", ErrorCode.TYPE_MISMATCH, bad_guests.archive()),
        ("drawing-called.png", ErrorCode.TYPE_MISMATCH, bad_guests.drawing()),
        ("text-called.jpg", ErrorCode.TYPE_MISMATCH, b"Dear all,\nthe receipts will follow next week.\n"),
        ("notes.txt", ErrorCode.UNSUPPORTED_TYPE, b"Lunch 12.50\nTaxi 8.00\n"),
        ("password.pdf", ErrorCode.ENCRYPTED_PDF, _encrypted()),
        ("many-pages.pdf", ErrorCode.TOO_MANY_PAGES, _many_pages(_DEFAULT_MAX_PAGES + 1)),
        ("large-poster.png", ErrorCode.TOO_MANY_PIXELS, _large_png(rng, _DEFAULT_MAX_PIXELS)),
        ("bomb.png", ErrorCode.DECOMPRESSION_BOMB, _bomb_png(side=40_000)),
        ("vast.png", ErrorCode.DECOMPRESSION_BOMB, _png(side=100_000, body=b"")),
        ("bomb.tif", ErrorCode.DECOMPRESSION_BOMB, _bomb_tiff(side=60_000)),
        ("bomb.pdf", ErrorCode.DECOMPRESSION_BOMB, _bomb_pdf(side=50_000)),
        ("garbled.pdf", ErrorCode.CORRUPT_FILE, b"%PDF-1.7\n" + rng.bytes(2000).hex().encode() + b"\n%%EOF\n"),
        ("flipped-bits.png", ErrorCode.CORRUPT_FILE, _flipped_png(rng)),
        ("also-a-pdf.jpg", ErrorCode.POLYGLOT_FILE, bad_guests.jpeg_and_pdf(jpeg, pdf)),
        ("also-a-zip.jpg", ErrorCode.POLYGLOT_FILE, bad_guests.and_zip(jpeg)),
        ("also-a-zip.pdf", ErrorCode.POLYGLOT_FILE, bad_guests.and_zip(pdf)),
        ("also-a-page.jpg", ErrorCode.POLYGLOT_FILE, bad_guests.picture_and_page(jpeg)),
        ("also-a-gif.pdf", ErrorCode.POLYGLOT_FILE, bad_guests.gif_and_pdf(pdf)),
        ("script.pdf", ErrorCode.ACTIVE_PDF, bad_guests.pdf_with_script()),
        ("launches.pdf", ErrorCode.ACTIVE_PDF, bad_guests.pdf_that_launches()),
    ]
    for name, _, data in made:
        (folder / name).write_bytes(data)
    return [BadSample(folder / name, code) for name, code, _ in made]


def _somewhere(rng: np.random.Generator, data: bytes) -> int:
    """A place well inside."""
    return int(len(data) * rng.uniform(0.3, 0.9))


def _encrypted() -> bytes:
    """An empty page behind the password "user". Written by hand, as MuPDF encrypts with a random identifier."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        b"<</Filter/Standard/R 3/V 2/Length 128/P -4/O<%s>/U<%s>>>" % (_OWNER_KEY, _USER_KEY),
    )
    body = b"%PDF-1.7\n"
    table = b"xref\n0 5\n0000000000 65535 f \n"
    for number, content in enumerate(objects, start=1):
        table += b"%010d 00000 n \n" % len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    trailer = b"trailer\n<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID[<%s><%s>]>>\n" % (_IDENTIFIER, _IDENTIFIER)
    return body + table + trailer + b"startxref\n%d\n%%%%EOF\n" % len(body)


def _many_pages(count: int) -> bytes:
    with pymupdf.open() as document:
        for _ in range(count):
            document.new_page(width=200, height=200)
        return bytes(document.tobytes(garbage=1, deflate=True, no_new_id=True))


def _large_png(rng: np.random.Generator, limit: int) -> bytes:
    """Somewhat over the limit and honestly so: a picture with some drawing in it."""
    side = int((limit * 1.1) ** 0.5)
    grey = np.full((side, side), 255, np.uint8)
    for x, y, size in rng.integers(100, side - 900, (12, 3)):
        grey[y : y + 800, x : x + 800] = size % 200
    buffer = BytesIO()
    Image.fromarray(grey).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _bomb_png(side: int) -> bytes:
    """Black, one bit a pixel: the bytes of a picture of `side` by `side` pixels, squeezed 1000 to 1."""
    squeeze = zlib.compressobj(1)
    row = bytes(side // 8 + 1)
    return _png(side, b"".join(squeeze.compress(row * 100) for _ in range(side // 100)) + squeeze.flush())


def _png(side: int, body: bytes) -> bytes:
    """A PNG of one bit a pixel that says it has `side` by `side` pixels."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(kind, content) for kind, content in chunks)


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _bomb_tiff(side: int) -> bytes:
    """One strip of CCITT group 4, in which one bit a row says that it is like the one above."""
    strip = b"\xff" * (side // 8)
    entries = [(256, side), (257, side), (258, 1), (259, 4), (262, 0), (273, 8), (277, 1), (278, side),
               (279, len(strip))]  # fmt: skip
    directory = struct.pack("<H", len(entries))
    for tag, value in entries:
        directory += struct.pack("<HHII", tag, 4, 1, value)
    return b"II*\x00" + struct.pack("<I", 8 + len(strip)) + strip + directory + bytes(4)


def _bomb_pdf(side: int) -> bytes:
    """A page of ordinary size, on it a picture of `side` by `side` pixels."""
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_image(page.rect, stream=_bomb_png(8))
        xref = page.get_images()[0][0]
        for key in ("Width", "Height"):
            document.xref_set_key(xref, key, str(side))
        return bytes(document.tobytes(no_new_id=True))


def _flipped_png(rng: np.random.Generator) -> bytes:
    buffer = BytesIO()
    Image.fromarray(rng.integers(0, 255, (200, 150), np.uint8)).save(buffer, "PNG")
    data = bytearray(buffer.getvalue())
    data[len(data) // 2] ^= 0xFF
    return bytes(data)
