"""Markdown (CommonMark, with the tables that GitHub and most others add) that renders as the text."""

import re

from ocr_pipeline.documents.model import DocumentText, Line, Page
from ocr_pipeline.exports.layout import Block, Kind, Row, areas

_PAGE_BREAK = "\n---\n\n"
_SIDE_BY_SIDE = "\N{EM SPACE}"
_SPECIAL = re.compile(r"[\\`*_\[\]<>&|~$#]")
_SPECIAL_AT_START = "+-=:"
"""They would make a list, a heading of the line above, or a table."""
_LIST_NUMBER = re.compile(r"(\d{1,9})(?=[.)])")
_FULL_LINE = 0.85
"""A line that reaches this share of its paragraph's width goes on in the next; a shorter one ends where it ends."""


def markdown(text: DocumentText) -> str:
    """Paragraphs, tables and headings, with a rule between pages. Lines that end early keep their line break."""
    return _PAGE_BREAK.join(_page(page) for page in text.pages)


def _page(page: Page) -> str:
    return "\n\n".join(_block(block) for area in areas(page) for block in area.blocks) + "\n"


def _block(block: Block) -> str:
    match block.kind:
        case Kind.TABLE:
            return _table(block)
        case Kind.LARGE_HEADING:
            return f"# {_escaped(block.rows[0].lines[0].text)}"
        case Kind.HEADING:
            return f"## {_escaped(block.rows[0].lines[0].text)}"
        case Kind.PARAGRAPH:
            return _paragraph(block)


def _paragraph(block: Block) -> str:
    full = block.box.x0 + _FULL_LINE * block.box.width
    text = ""
    for row in block.rows:
        text += _at_start(_SIDE_BY_SIDE.join(_escaped(line.text) for line in row.lines))
        goes_on = len(row.lines) == 1 and row.box.x1 >= full and not row.lines[0].handwritten
        if row is not block.rows[-1]:
            text += "\n" if goes_on else "\\\n"
    return text


def _table(block: Block) -> str:
    """Where the first row has a word in each column and no digits, it is the head; else the head stays empty."""
    cells = [[_cell(cell) for cell in block.cells(row)] for row in block.rows]
    if not _is_head(block, block.rows[0]):
        cells.insert(0, [""] * len(block.columns))
    cells.insert(1, ["---"] * len(block.columns))
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)


def _is_head(block: Block, row: Row) -> bool:
    texts = [" ".join(line.text for line in cell) for cell in block.cells(row)]
    return all(texts) and not any(character.isdigit() for text in texts for character in text)


def _cell(lines: list[Line]) -> str:
    return _SIDE_BY_SIDE.join(_escaped(line.text) for line in lines)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _at_start(text: str) -> str:
    if text.startswith(tuple(_SPECIAL_AT_START)):
        return "\\" + text
    return _LIST_NUMBER.sub(r"\1\\", text, count=1) if _LIST_NUMBER.match(text) else text
