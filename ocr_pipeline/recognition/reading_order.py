"""Lines in the order in which a person reads them."""

from collections.abc import Iterable

from ocr_pipeline.documents.model import Line


def reading_order(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Row by row from the top, each row from left to right.

    A line belongs to the row of the line above it when their middles are less than half a line height apart, so
    that a price stays beside what it is the price of.
    """
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.box.center_y, line.box, line.text)):
        if rows and _same_row(rows[-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return tuple(line for row in rows for line in sorted(row, key=lambda line: line.box.x0))


def _same_row(row: list[Line], line: Line) -> bool:
    middle = sum(other.box.center_y for other in row) / len(row)
    height = min(line.box.height, *(other.box.height for other in row))
    return abs(line.box.center_y - middle) < height / 2
