"""A document as it is shown to a model: its lines numbered, what stands side by side in one row."""

import re
from dataclasses import dataclass

from ocr_pipeline.documents.model import DocumentText, Line
from ocr_pipeline.structuring.level_pages import levelled

_MOST_CHARACTERS = 24_000
"""Of a document; about 10,000 tokens, so that examples, document and answer fit the 32,000 of the default model."""
_HEAD = 0.7
"""Share of a document too long that is shown from its top; issuer and date stand there, the total at its end."""
_CONTROL = re.compile(r"(</?|\[/?|<\|)(?=\w+(?:\]|\|?>))")
"""Where what tokenizers take for a control token begins: ``</s>``, ``[INST]``, ``<|im_end|>``."""


@dataclass(frozen=True)
class Numbered:
    """`text` as shown; `omitted` are the numbers of the first and the last line left out, None where all are shown."""

    text: str
    omitted: tuple[int, int] | None = None


@dataclass(frozen=True)
class _Row:
    page: int
    first: int
    last: int
    text: str


def numbered(document: DocumentText) -> Numbered:
    """Line numbers count from 1 over all pages: number n is ``document.lines[n - 1]``."""
    rows = _rows(document)
    cut = _cut(rows)
    if cut is None:
        return Numbered(_shown(rows))
    before, after = rows[: cut[0]], rows[cut[1] :]
    first, last = rows[cut[0]].first, rows[cut[1] - 1].last
    notice = f"(Lines {first} to {last} of {rows[-1].last} are left out here.)"
    return Numbered("\n".join(part for part in (_shown(before), notice, _shown(after)) if part), (first, last))


def as_data(text: str) -> str:
    """`text` of a document, with what tokenizers take for control tokens broken up."""
    return _CONTROL.sub(lambda match: match[0] + " ", text)


def _rows(document: DocumentText) -> list[_Row]:
    rows: list[_Row] = []
    number = 0
    for page in levelled(document).pages:
        previous: Line | None = None
        for line in page.lines:
            number += 1
            cell = f"{number}| {as_data(line.text)}"
            if previous and _is_beside(previous, line):
                row = rows[-1]
                rows[-1] = _Row(row.page, row.first, number, f"{row.text}   {cell}")
            else:
                rows.append(_Row(page.number, number, number, cell))
            previous = line
    return rows


def _is_beside(left: Line, right: Line) -> bool:
    one, other = left.box, right.box
    return other.x0 >= one.x1 and abs(other.center_y - one.center_y) < min(one.height, other.height) / 2


def _cut(rows: list[_Row]) -> tuple[int, int] | None:
    """The range of rows to leave out; None where all fit."""
    if sum(len(row.text) + 1 for row in rows) <= _MOST_CHARACTERS:
        return None
    start, room = 0, _HEAD * _MOST_CHARACTERS
    while (room := room - len(rows[start].text) - 1) >= 0:
        start += 1
    end, room = len(rows), (1 - _HEAD) * _MOST_CHARACTERS
    while end - 1 > start and (room := room - len(rows[end - 1].text) - 1) >= 0:
        end -= 1
    return start, end


def _shown(rows: list[_Row]) -> str:
    shown: list[str] = []
    for before, row in zip([None, *rows], rows, strict=False):
        if before is None or before.page != row.page:
            shown.append(f"(Page {row.page})")
        shown.append(row.text)
    return "\n".join(shown)
