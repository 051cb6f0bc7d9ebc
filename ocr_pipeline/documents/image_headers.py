"""What an image file says about itself, read from its headers without decoding a pixel.

Each reader walks the whole structure of a file, so that a file cut short is noticed. All raise `Refused`, and nothing
else, for whatever bytes they get.
"""

import re
import zlib

from ocr_pipeline.documents.limits import Size, corrupt, truncated

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_JPEG_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_END, _JPEG_SCAN = 0xD9, 0xDA


def checked_size(width: int, height: int) -> Size:
    if width < 1 or height < 1:
        raise corrupt(f"the picture is {width} by {height} pixels")
    return Size(width, height)


def png_size(data: bytes) -> Size:
    """Size of the (first) picture of a PNG whose chunks are all there and have the right checksums."""
    size: Size | None = None
    position = len(_PNG_SIGNATURE)
    while True:
        if position + 8 > len(data):
            raise truncated()
        length = int.from_bytes(data[position : position + 4], "big")
        kind = data[position + 4 : position + 8]
        end = position + 8 + length
        if size is None:
            if kind != b"IHDR" or length != 13:
                raise corrupt("its PNG header is missing")
            if end > len(data):
                raise truncated()
            body = data[position + 8 : end]
            size = checked_size(int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big"))
        if end + 4 > len(data):
            raise truncated()
        if zlib.crc32(memoryview(data)[position + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            raise corrupt("a PNG checksum is wrong")
        if kind == b"IEND":
            return size
        position = end + 4


def jpeg_size(data: bytes) -> Size:
    """Size of a JPEG that reaches its end marker."""
    size: Size | None = None
    position = 2
    while True:
        found = _JPEG_NEXT_MARKER.search(data, position)
        if found is None:
            raise truncated()
        marker = data[found.end() - 1]
        position = found.end()
        if marker == _JPEG_END:
            break
        if marker in {0x01, 0xD8}:
            continue
        if position + 2 > len(data):
            raise truncated()
        end = position + int.from_bytes(data[position : position + 2], "big")
        if end > len(data):
            raise truncated()
        if marker in _JPEG_FRAMES and size is None:
            if end < position + 7:
                raise corrupt("its JPEG header is too short")
            height, width = data[position + 3 : position + 5], data[position + 5 : position + 7]
            size = checked_size(int.from_bytes(width, "big"), int.from_bytes(height, "big"))
        if marker == _JPEG_SCAN and size is None:
            raise corrupt("it has no JPEG header")
        position = max(end, position + 2)
    if size is None:
        raise corrupt("it has no JPEG header")
    return size


def webp_size(data: bytes) -> Size:
    """Size of the (first) picture of a WebP that is as long as it says."""
    if len(data) < 8 + int.from_bytes(data[4:8], "little"):
        raise truncated()
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise corrupt("its WebP header is too short")
    if kind == b"VP8X":
        return Size(int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1)
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = int.from_bytes(body[6:8], "little"), int.from_bytes(body[8:10], "little")
        return checked_size(width & 0x3FFF, height & 0x3FFF)
    raise corrupt("its WebP header makes no sense")
