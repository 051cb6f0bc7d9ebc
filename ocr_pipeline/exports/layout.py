"""Lines in reading order become rows, and rows become paragraphs, tables and headings, told by geometry alone.

The order of the lines is kept as recognition found it. Boxes here are those of the page turned back (see
`placement`), in original page pixels, so that a page scanned sideways has the layout of the upright one.
"""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from ocr_pipeline.documents.model import Box, Line, Page
from ocr_pipeline.exports.placement import upright_box

_PARAGRAPH_GAP = 0.75
"""White between two rows, in heights of the page's usual line, that parts paragraphs."""
_TABLE_GAP = 1.6
"""Rows of a table may stand this far apart, in the same measure."""
_SAME_HEIGHT = 1.45
"""Rows of one paragraph differ in height by no more than this factor."""
_HEADING, _LARGE_HEADING = 1.5, 2.2
"""Heights of the page's usual line from which on a line by itself is a heading: boxes of one size of print differ by
up to a third, with their letters' ascenders and descenders."""
_FEWEST_LINES = 4
"""With fewer lines on a page none of them is the usual one."""
_LONGEST_HEADING = 100
"""Characters."""


class Kind(Enum):
    PARAGRAPH = "paragraph"
    TABLE = "table"
    HEADING = "heading"
    LARGE_HEADING = "large heading"


@dataclass(frozen=True)
class Row:
    """Lines that stand side by side, from left to right. `boxes` has one box a line."""

    lines: tuple[Line, ...]
    boxes: tuple[Box, ...]

    @cached_property
    def box(self) -> Box:
        return Box.around(list(self.boxes))

    @cached_property
    def height(self) -> float:
        """Of the usual line in it."""
        return statistics.median(box.height for box in self.boxes)


@dataclass(frozen=True)
class Block:
    """Rows that belong together. `columns` are the left and right ends of a table's columns, else empty."""

    kind: Kind
    rows: tuple[Row, ...]
    columns: tuple[tuple[float, float], ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for row in self.rows for line in row.lines)

    @cached_property
    def box(self) -> Box:
        return Box.around([row.box for row in self.rows])

    def cells(self, row: Row) -> list[list[Line]]:
        """The lines of a table's row, column by column."""
        found: list[list[Line]] = [[] for _ in self.columns]
        for line, box in zip(row.lines, row.boxes, strict=True):
            shared = [min(box.x1, right) - max(box.x0, left) for left, right in self.columns]
            found[shared.index(max(shared))].append(line)
        return found


@dataclass(frozen=True)
class Area:
    """Blocks one below the other; a page with columns of text has several, in reading order."""

    blocks: tuple[Block, ...]


def areas(page: Page) -> tuple[Area, ...]:
    """The page's layout; every line of it is in one block, and their order is that of the page."""
    rows = _rows(page)
    if not rows:
        return ()
    usual = _usual_height(rows)
    found: list[list[Block]] = []
    for block in _blocks(rows, usual):
        if found and not _starts_again(found[-1][-1].rows[-1], block.rows[0]):
            found[-1].append(block)
        else:
            found.append([block])
    return tuple(Area(tuple(blocks)) for blocks in found)


def _rows(page: Page) -> list[Row]:
    rows: list[tuple[list[Line], list[Box]]] = []
    for line in page.lines:
        box = upright_box(line, page.angle)
        if rows and _side_by_side(rows[-1][1][-1], box):
            rows[-1][0].append(line)
            rows[-1][1].append(box)
        else:
            rows.append(([line], [box]))
    return [Row(tuple(lines), tuple(boxes)) for lines, boxes in rows]


def _side_by_side(left: Box, right: Box) -> bool:
    apart = abs(left.center_y - right.center_y)
    return apart < min(left.height, right.height) / 2 and right.x0 > (left.x0 + left.x1) / 2


def _usual_height(rows: list[Row]) -> float:
    """Median over characters, so that much small print outweighs a few large lines."""
    heights = sorted(
        (box.height, sum(len(word.text) for word in line.words))
        for row in rows
        for line, box in zip(row.lines, row.boxes, strict=True)
    )
    half = sum(length for _, length in heights) / 2
    passed = 0
    for height, length in heights:
        passed += length
        if passed >= half:
            return height
    return heights[-1][0]


def _blocks(rows: list[Row], usual: float) -> Iterator[Block]:
    is_telling = len(rows) >= _FEWEST_LINES
    start = 0
    while start < len(rows):
        table = _table(rows[start:], usual)
        if table:
            yield table
            start += len(table.rows)
            continue
        if is_telling and (kind := _heading(rows[start], usual)):
            yield Block(kind, (rows[start],))
            start += 1
            continue
        end = start + 1
        while (
            end < len(rows)
            and _belongs(rows[end - 1], rows[end], usual)
            and not (is_telling and _heading(rows[end], usual))
            and not _table(rows[end:], usual)
        ):
            end += 1
        yield Block(Kind.PARAGRAPH, tuple(rows[start:end]))
        start = end


def _heading(row: Row, usual: float) -> Kind | None:
    line = row.lines[0]
    # How high a hand writes tells nothing, and a number by itself is an amount or a date.
    if len(row.lines) > 1 or line.handwritten or len(line.text) > _LONGEST_HEADING:
        return None
    if not any(character.isalpha() for character in line.text) or row.height < _HEADING * usual:
        return None
    return Kind.LARGE_HEADING if row.height >= _LARGE_HEADING * usual else Kind.HEADING


def _belongs(above: Row, row: Row, usual: float) -> bool:
    """Whether a row goes on with the paragraph of the row above."""
    larger, smaller = max(above.height, row.height), min(above.height, row.height)
    return (
        not _starts_again(above, row)
        and row.box.y0 - above.box.y1 <= _PARAGRAPH_GAP * usual
        and larger <= _SAME_HEIGHT * smaller
        and min(above.box.x1, row.box.x1) > max(above.box.x0, row.box.x0)
    )


def _starts_again(above: Row, row: Row) -> bool:
    """Whether the next row stands beside or higher up: another column of the page begins."""
    return row.box.center_y <= above.box.center_y


def _table(rows: list[Row], usual: float) -> Block | None:
    """The table that begins with the first of `rows`, if one does: at least two rows that share two columns.

    Between rows of several cells there may be rows of one, as where a description runs on.
    """
    if len(rows[0].lines) < 2:
        return None
    columns = [(box.x0, box.x1) for box in rows[0].boxes]
    widest = len(columns)
    length = 1
    for end in range(1, len(rows)):
        above, row = rows[end - 1], rows[end]
        if _starts_again(above, row) or row.box.y0 - above.box.y1 > _TABLE_GAP * usual:
            break
        joined = _joined([*columns, *((box.x0, box.x1) for box in row.boxes)])
        widest = max(widest, len(row.lines))
        if len(joined) < max(2, widest):
            break
        columns = joined
        if len(row.lines) > 1:
            length = end + 1
    if length < 2:
        return None
    kept = rows[:length]
    columns = _joined([(box.x0, box.x1) for row in kept for box in row.boxes])
    return Block(Kind.TABLE, tuple(kept), tuple(columns))


def _joined(ranges: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Ranges that overlap made one, from left to right."""
    joined: list[tuple[float, float]] = []
    for left, right in sorted(ranges):
        if joined and left < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], right))
        else:
            joined.append((left, right))
    return joined
