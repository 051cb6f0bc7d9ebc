"""Lines that could name a company: found, cut from what is printed around them, and spelled as meant."""

import re
from dataclasses import dataclass
from itertools import pairwise

from ocr_pipeline.structuring.amounts import parse_amount
from ocr_pipeline.structuring.dates import parse_date
from ocr_pipeline.structuring.layout import Row, Run
from ocr_pipeline.structuring.line_kinds import (
    LEGAL_FORM,
    REGISTRATION,
    address_score,
    is_contact,
    is_heading,
    names_buyer,
    names_seller,
)
from ocr_pipeline.structuring.repairs import repaired_name

_BREAK = re.compile(r"\s*[●•·|]\s*|\s+[-–]\s+(?=\D*\d)")  # noqa: RUF001
_OWNER = re.compile(
    r"^\W*#?\d{3,}\s+|^\W*(?:OWN(?:ED)?|MANAGED|OPERATED|SOLD|ISSUED)\s?BY\s?:?\s*|^DIMILIKI OLEH\s?:?\s*",
    re.IGNORECASE,
)
_NAME_GAP = 4.0
"""A name whose words stand apart: cells of one row closer than this many line heights."""


@dataclass(frozen=True)
class NameCandidate:
    """A piece of text that could name the vendor, and the words it was read from."""

    text: str
    run: Run
    row: int
    registered: bool
    """A company's registration number stands behind it."""


def candidates_in(rows: list[Row]) -> list[NameCandidate]:
    """What could name the vendor: cells of the first page with letters, without dates, amounts and contacts."""
    found: list[NameCandidate] = []
    for row in rows:
        if row.page != rows[0].page:
            break
        for cell in _name_cells(row):
            candidate = candidate_in(cell, row.index)
            if candidate is not None and may_be_name(candidate.text):
                found.append(candidate)
    return found


def candidate_in(cell: Run, row: int) -> NameCandidate | None:
    """The cell without the owner's label, a registration number behind the name or an address after a bullet."""
    text = cell.text
    owner = _OWNER.match(text)
    start = owner.end() if owner else 0
    bullet = _BREAK.search(text, start)
    end = bullet.start() if bullet and bullet.start() > start else len(text)
    registration = REGISTRATION.search(text, start, end)
    if registration:
        end = registration.start()
    if not text[start:end].strip():
        return None
    return NameCandidate(text[start:end], cell.part(start, end), row, registered=registration is not None)


def may_be_name(text: str) -> bool:
    letters = sum(character.isalpha() for character in text)
    return (
        letters >= 3
        and letters >= 0.5 * len(text.replace(" ", ""))
        and (not is_contact(text) or LEGAL_FORM.search(text) is not None)
        and not is_heading(text)
        and not names_buyer(text)
        and not names_seller(text)
        and not text.rstrip().endswith(":")
        and parse_amount(text) is None
        and (not any(character.isdigit() for character in text) or parse_date(text) is None)
    )


def neighbours_of(name: NameCandidate, rows: list[Row]) -> tuple[NameCandidate | None, NameCandidate | None]:
    """What could be the first half of a name that ends in this line, and the second half of one that begins here."""
    return _neighbour(name, name.row - 1, rows), _neighbour(name, name.row + 1, rows)


def tidy_name(text: str) -> str:
    """Without punctuation at the ends, and with the commonest misreadings put right: digits in words, legal forms."""
    name = text.strip(" ,;:-_*'\"")
    if not re.search(r"(?:\w\.\w+|BHD|SDN|CO|LTD|INC)\.$", name, re.IGNORECASE):
        name = name.rstrip(". ")
    return repaired_name(name)


def _name_cells(row: Row) -> list[Run]:
    """The row's cells; all of them as one where they stand so close that they may be one name with wide spaces."""
    cells = list(row.cells)
    gaps = [right.box.x0 - left.box.x1 for left, right in pairwise(cells)]
    if gaps and max(gaps) < _NAME_GAP * row.run.height and all(may_be_name(cell.text) for cell in cells):
        return [row.run]
    return cells


def _neighbour(name: NameCandidate, index: int, rows: list[Row]) -> NameCandidate | None:
    row = rows[index] if 0 <= index < len(rows) and rows[index].page == name.run.page else None
    line = candidate_in(row.run, row.index) if row is not None else None
    if line is None or address_score(line.text) >= 0.6 or is_contact(line.text):
        return None
    return line if any(character.isalpha() for character in line.text) else None
