"""Lines in the order in which a person reads them.

Rows from the top, each from left to right, so that a price stays beside what it is the price of; but columns of running
text one after the other, each from its top to its bottom.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from statistics import mean, median

from ocr_pipeline.documents.model import Line

_FEWEST_LINES = 4
"""A column of running text has at least so many lines."""
_WORDS_A_LINE = 3.0
"""They have at least so many words of letters on average; the lines of tables, forms and addresses have fewer."""
_GUTTER = 0.3
"""Columns are at least so many line heights apart: the longest lines of one from the outermost of the next."""
_MOST_ACROSS = 0.1
"""Share of lines that may reach across a gutter: headings, and captions of pictures in the midst of the text."""


def reading_order(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines of one page whose text is about level."""
    # Place and text alone settle the order, never the order of finding.
    return tuple(_ordered(sorted(lines, key=lambda line: (line.box.center_y, line.box, line.text))))


def _ordered(lines: list[Line]) -> list[Line]:
    """`lines` come sorted from the top."""
    gutter = _gutter(lines)
    if gutter is None:
        return _row_by_row(lines)
    columns = [line for line in lines if not _is_across(line, gutter)]
    ordered: list[Line] = []
    band: list[Line] = []
    for line in lines:
        # What reaches across alone is a heading: it stands between what is above and what is below it.
        if _is_across(line, gutter) and not any(_side_by_side(line, other) for other in columns):
            ordered += [*_column_by_column(band, gutter), line]
            band = []
        else:
            band.append(line)
    return ordered + _column_by_column(band, gutter)


def _column_by_column(band: list[Line], gutter: float) -> list[Line]:
    """What stands left of the gutter, then what stands right of it, then what stands between both, as a caption."""
    across = [line for line in band if _is_across(line, gutter)]
    left = [line for line in band if line.box.x1 <= gutter]
    right = [line for line in band if line.box.x0 >= gutter]
    return [*_ordered(left), *_ordered(right), *_row_by_row(across)]


def _gutter(lines: list[Line]) -> float | None:
    """The x between two columns of running text that the fewest lines reach across; None where there is none."""
    for gutter in _gaps(lines):
        left = [line for line in lines if line.box.x1 <= gutter]
        right = [line for line in lines if line.box.x0 >= gutter]
        if _is_running_text(left) and _is_running_text(right) and _overlap(left, right):
            return gutter
    return None


def _gaps(lines: list[Line]) -> list[float]:
    """The middles of the vertical gaps that few lines reach across: the fewest first, of equals the widest."""
    if len(lines) < 2 * _FEWEST_LINES:
        return []
    starts = sorted(line.box.x0 for line in lines)
    ends = sorted(line.box.x1 for line in lines)
    width = _GUTTER * median(line.box.height for line in lines)
    gaps = []
    for end in sorted(set(ends)):
        left = bisect_right(ends, end)
        first_right = bisect_left(starts, end + width)
        across = first_right - left
        if first_right < len(lines) and across <= _MOST_ACROSS * len(lines):
            gaps.append((across, end - starts[first_right], (end + starts[first_right]) / 2))
    return [middle for _, _, middle in sorted(gaps)]


def _is_across(line: Line, gutter: float) -> bool:
    return line.box.x0 < gutter < line.box.x1


def _is_running_text(lines: list[Line]) -> bool:
    if len(lines) < _FEWEST_LINES:
        return False
    return mean(sum(_is_of_letters(word.text) for word in line.words) for line in lines) >= _WORDS_A_LINE


def _is_of_letters(word: str) -> bool:
    return 2 * sum(character.isalpha() for character in word) > len(word)


def _overlap(left: list[Line], right: list[Line]) -> bool:
    """Whether the two stand beside each other, if only in part."""
    top = max(left[0].box.center_y, right[0].box.center_y)
    return top < min(left[-1].box.center_y, right[-1].box.center_y)


def _side_by_side(line: Line, other: Line) -> bool:
    height = min(line.box.height, other.box.height)
    return min(line.box.y1, other.box.y1) - max(line.box.y0, other.box.y0) > height / 2


def _row_by_row(lines: list[Line]) -> list[Line]:
    """A line belongs to the row of the line above it when their middles are less than half a line height apart."""
    rows: list[list[Line]] = []
    for line in lines:
        if rows and _same_row(rows[-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.box.x0)]


def _same_row(row: list[Line], line: Line) -> bool:
    middle = mean(other.box.center_y for other in row)
    height = min(line.box.height, *(other.box.height for other in row))
    return abs(line.box.center_y - middle) < height / 2
