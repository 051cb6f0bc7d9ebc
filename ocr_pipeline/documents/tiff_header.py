"""The pages of a TIFF, read from its directories without decoding a pixel."""

import struct
from dataclasses import dataclass

from ocr_pipeline.documents.image_headers import checked_size
from ocr_pipeline.documents.limits import Size, corrupt, truncated

_WIDTH, _HEIGHT = 256, 257
_STRIPS, _TILES = (273, 279), (324, 325)
_TYPE_CODES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
"""Integer types of directory entries, as `struct` codes; no other type says where the picture lies."""


@dataclass(frozen=True)
class _Layout:
    """How numbers lie in this file: classic TIFF has 4-byte offsets, BigTIFF 8-byte ones."""

    order: str
    count_code: str
    offset_code: str
    entry_size: int
    first: int
    """Where the offset of the first directory stands."""


def tiff_sizes(data: bytes, most: int) -> list[Size]:
    """Size of every page, of `most` + 1 pages at the most: a file with too many is not read to its end.

    Raises Refused where a directory or picture data lies beyond the end of the file.
    """
    layout = _layout(data)
    sizes: list[Size] = []
    seen: set[int] = set()
    offset = _number(data, layout.first, layout.order + layout.offset_code)
    while offset and len(sizes) <= most:
        if offset in seen:
            raise corrupt("its TIFF pages run in a circle")
        seen.add(offset)
        entries, offset = _directory(data, offset, layout)
        sizes.append(_page_size(data, entries))
    if not sizes:
        raise corrupt("it has no TIFF pages")
    return sizes


def _layout(data: bytes) -> _Layout:
    order = "<" if data[:2] == b"II" else ">"
    if _number(data, 2, order + "H") == 43:
        return _Layout(order, "Q", "Q", 20, 8)
    return _Layout(order, "H", "I", 12, 4)


def _directory(data: bytes, offset: int, layout: _Layout) -> tuple[dict[int, list[int]], int]:
    """The integer entries by tag, and the offset of the next directory (0 at the end)."""
    count = _number(data, offset, layout.order + layout.count_code)
    start = offset + struct.calcsize(layout.count_code)
    end = start + count * layout.entry_size
    following = _number(data, end, layout.order + layout.offset_code)
    wanted = {_WIDTH, _HEIGHT, *_STRIPS, *_TILES}
    entries = {}
    for position in range(start, end, layout.entry_size):
        tag = _number(data, position, layout.order + "H")
        if tag in wanted:
            entries[tag] = _values(data, position, layout)
    return entries, following


def _values(data: bytes, position: int, layout: _Layout) -> list[int]:
    code = _TYPE_CODES.get(_number(data, position + 2, layout.order + "H"))
    if code is None:
        raise corrupt("a TIFF entry has a type that makes no sense")
    count = _number(data, position + 4, layout.order + layout.offset_code)
    width = struct.calcsize("<" + code)
    at = position + 4 + struct.calcsize("<" + layout.offset_code)
    if count * width > struct.calcsize("<" + layout.offset_code):
        at = _number(data, at, layout.order + layout.offset_code)
    if at + count * width > len(data):
        raise truncated()
    return list(struct.unpack_from(f"{layout.order}{count}{code}", data, at))


def _page_size(data: bytes, entries: dict[int, list[int]]) -> Size:
    if not entries.get(_WIDTH) or not entries.get(_HEIGHT):
        raise corrupt("a TIFF page has no size")
    size = checked_size(entries[_WIDTH][0], entries[_HEIGHT][0])
    offsets_tag, counts_tag = _TILES if _TILES[0] in entries else _STRIPS
    offsets, counts = entries.get(offsets_tag), entries.get(counts_tag)
    if not offsets:
        raise corrupt("a TIFF page has no picture data")
    # Very old writers leave out the byte counts; then only the start of each strip can be checked.
    for offset, length in zip(offsets, counts or [1] * len(offsets), strict=False):
        if offset + length > len(data):
            raise truncated()
    return size


def _number(data: bytes, offset: int, code: str) -> int:
    if offset + struct.calcsize(code) > len(data):
        raise truncated()
    return int(struct.unpack_from(code, data, offset)[0])
