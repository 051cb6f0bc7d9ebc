"""The vendor's postal address: the lines below the name, down to telephone, tax number or the sale itself."""

import re
from collections.abc import Sequence

from ocr_pipeline.structuring.amounts import parse_amount
from ocr_pipeline.structuring.dates import parse_date
from ocr_pipeline.structuring.layout import Row, Run, join
from ocr_pipeline.structuring.line_kinds import (
    CONTACT,
    POSTCODE,
    REGISTRATION,
    address_score,
    is_contact,
    is_heading,
    names_buyer,
    names_seller,
)
from ocr_pipeline.structuring.repairs import repaired_address
from ocr_pipeline.structuring.vendor import Vendor

_MOST_LINES = 6
_ROWS_BEFORE = 4
"""Between name and address stand at most so many other rows (registration number, slogan, branch)."""
_REGION = re.compile(
    r"^\W*[A-Z .'-]*(?:MALAYSIA|SELANGOR|JOHOR|KUALA LUMPUR|W\.?\s?P|D\.?\s?E|DARUL \w+|PAHANG|PERAK|PENANG|SABAH"
    r"|SARAWAK|SINGAPORE|DEUTSCHLAND|GERMANY|UNITED STATES|USA|FRANCE|NEDERLAND|UNITED KINGDOM)\W*$",
    re.IGNORECASE,
)
_COMPANY_NUMBER = re.compile(r"(?<!\d)\d{6,}-?[A-Z](?!\w)")
_LIST = re.compile(r"\d,\s?\d")
_LABEL = re.compile(r"^\W*(?:HQ\s?)?ADD(?:RESS)?\s?:\s*|^(?:ANSCHRIFT|ADRESSE)\s?:\s*", re.IGNORECASE)


def address_lines(vendor: Vendor, rows: list[Row]) -> tuple[Run, ...]:
    """By rules alone: from the line where an address begins to that where it ends; none where none looks like one."""
    lines: list[Run] = []
    cells = [
        (row.index, cell)
        for row in rows[vendor.row + 1 :]
        if row.page == vendor.column.page and (cell := place_below(vendor.column, row)) is not None
    ]
    for number, (index, cell) in enumerate(cells):
        if not lines and vendor.name.upper() in cell.text.upper():
            continue
        following = cells[number + 1][1].text if number + 1 < len(cells) else ""
        if len(lines) == _MOST_LINES or _ends(cell.text, lines):
            break
        line = without_contact(cell)
        if not lines and (line is None or not _begins(line.text, following)):
            if index - vendor.row >= _ROWS_BEFORE:
                break
            continue
        if line is None:
            break
        lines.append(line)
        if line is not cell:
            break
    return tuple(lines) if any(address_score(line.text) >= 0.8 for line in lines) else ()


def place_below(column: Run, row: Row) -> Run | None:
    """The words of `row` that stand in the column of the name."""
    found = [cell for cell in row.cells if cell.box.x0 < column.box.x1 and column.box.x0 < cell.box.x1]
    return join(found) if found else None


def _begins(text: str, following: str) -> bool:
    if (text.startswith("(") and text.endswith(")")) or _COMPANY_NUMBER.search(text):
        return False
    places = any(character.isdigit() for character in text) or "," in text
    if address_score(text) >= 0.5 or text.rstrip().endswith(","):
        return places or address_score(following) >= 0.8
    return places and address_score(following) >= 0.8 and any(character.isalpha() for character in text)


def _ends(text: str, lines: list[Run]) -> bool:
    if names_buyer(text) or names_seller(text) or parse_date(text) is not None:
        return True
    if parse_amount(text) is not None and not _LIST.search(text):
        return True
    if is_heading(text) and not is_contact(text) and (lines or address_score(text) < 0.6):
        return True
    complete = any(POSTCODE.search(line.text) for line in lines)
    if not complete or lines[-1].text.rstrip().endswith(","):
        return False
    return ":" in text or (address_score(text) < 0.6 and not _REGION.match(text))


def without_contact(cell: Run) -> Run | None:
    """The cell up to a telephone or tax number; None where it begins with one."""
    if REGISTRATION.fullmatch(cell.text):
        return None
    match = CONTACT.search(cell.text)
    if not match:
        return None if is_contact(cell.text) else cell
    before = cell.text[: match.start()].strip()
    return cell.part(0, match.start() - 1) if len(before) > 5 else None


def joined_lines(lines: Sequence[Run]) -> str:
    """The address in one line, with commas between the lines; with none but the printed ones where lines end so."""
    parts = [_LABEL.sub("", line.text).strip(" ;:") for line in lines]
    has_commas = any(part.endswith(",") for part in parts[:-1])
    return repaired_address((" " if has_commas else ", ").join(parts)).rstrip(" ,")
