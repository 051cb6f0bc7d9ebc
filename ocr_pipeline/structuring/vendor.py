"""Who issued the document: the line of the letterhead that most looks like a company's name."""

import re
from dataclasses import dataclass
from itertools import pairwise

from ocr_pipeline.documents.model import Field
from ocr_pipeline.structuring.amounts import parse_amount
from ocr_pipeline.structuring.dates import parse_date
from ocr_pipeline.structuring.entities import EntityCues
from ocr_pipeline.structuring.labels import squash
from ocr_pipeline.structuring.layout import Row, Run, join
from ocr_pipeline.structuring.line_kinds import (
    LEGAL_FORM,
    REGISTRATION,
    TRADE_WORD,
    address_score,
    is_contact,
    is_heading,
    names_buyer,
    names_seller,
)

_BREAK = re.compile(r"\s*[●•·|]\s*|\s+[-–]\s+(?=\D*\d)")  # noqa: RUF001
_OWNER = re.compile(
    r"^\W*#?\d{3,}\s+|^\W*(?:OWN(?:ED)?|MANAGED|OPERATED|SOLD|ISSUED)\s?BY\s?:?\s*|^DIMILIKI OLEH\s?:?\s*",
    re.IGNORECASE,
)
_PARTY_ROWS = 5
"""A name stands at most so many rows below the label that says whose it is."""
_NAME_GAP = 4.0
"""A name whose words stand apart: cells of one row closer than this many line heights."""
_MISREAD_SDN_BHD = re.compile(
    r"(?<!\w)(?:S[DOI0]N(\.?\s?)[BD]H[DO]|S[A-Z0]N(\.?\s)BHD|SDN(\.?\s)(?:\wHD|B\wD|BH\w)|SD\w[^\w\s]?(\.?\s)BHD)(?!\w)",
    re.IGNORECASE,
)

_MISREAD_O = re.compile(r"(?<=[A-Z])0(?=[A-Z])")
_MISREAD_I = re.compile(r"(?<!\w)1(?=[A-Z]{3})")


@dataclass(frozen=True)
class NameCandidate:
    """A piece of text that could name the vendor, and the words it was read from."""

    text: str
    run: Run
    row: int
    registered: bool
    """A company's registration number stands behind it."""


@dataclass(frozen=True)
class Vendor:
    """The name, and where the search for the address begins: below `column`, after row `row`."""

    name: Field
    column: Run
    row: int


def candidates_in(rows: list[Row]) -> list[NameCandidate]:
    """What could name the vendor: cells of the first page with letters, without dates, amounts and contacts."""
    found: list[NameCandidate] = []
    for row in rows:
        if row.page != rows[0].page:
            break
        for cell in _name_cells(row):
            candidate = _candidate(cell, row.index)
            if candidate is not None and _may_be_name(candidate.text):
                found.append(candidate)
    return found


def find_vendor(candidates: list[NameCandidate], cues: list[EntityCues], rows: list[Row]) -> Vendor | None:
    """The best of `candidates`, whose entity cues are `cues`."""
    if not candidates:
        return None
    parties = parties_of(rows)
    whole = squash(" ".join(row.text for row in rows))
    first_row = candidates[0].row
    scored = []
    for candidate, cue in zip(candidates, cues, strict=True):
        score = score_name(candidate, cue, candidate.row - first_row, rows)
        score += parties.get(id(candidate.run.words[0]), 0.0)
        score += 0.5 * min(2, whole.count(squash(candidate.text)) - 1)
        scored.append((score, -candidate.row, candidate))
    score, _, best = max(scored, key=lambda item: item[:2])
    run, text, row = _completed(best, rows)
    confidence = 0.3 + 0.09 * score
    return Vendor(run.field(tidy_name(text), min(0.97, confidence)), run, row)


def _name_cells(row: Row) -> list[Run]:
    """The row's cells; all of them as one where they stand so close that they may be one name with wide spaces."""
    cells = list(row.cells)
    gaps = [right.box.x0 - left.box.x1 for left, right in pairwise(cells)]
    if gaps and max(gaps) < _NAME_GAP * row.run.height and all(_may_be_name(cell.text) for cell in cells):
        return [row.run]
    return cells


def _candidate(cell: Run, row: int) -> NameCandidate | None:
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


def _may_be_name(text: str) -> bool:
    letters = sum(character.isalpha() for character in text)
    return (
        letters >= 3
        and letters >= 0.5 * len(text.replace(" ", ""))
        and (not is_contact(text) or LEGAL_FORM.search(text) is not None)
        and not is_heading(text)
        and not names_buyer(text)
        and not names_seller(text)
        and parse_amount(text) is None
        and parse_date(text) is None
        and not text.rstrip().endswith(":")
    )


def score_name(candidate: NameCandidate, cue: EntityCues, position: int, rows: list[Row]) -> float:
    text = candidate.text
    score = 3.0 / (1 + position / 3)
    if LEGAL_FORM.search(text):
        score += 2.0
    elif TRADE_WORD.search(text):
        score += 1.0
    score += 0.7 * cue.organisation + 0.2 * cue.person - 0.5 * cue.place
    score -= 2.0 * min(1.0, address_score(text))
    if len(text.split()) > 8 or ":" in text:
        score -= 2.0
    if len(text) < 5:
        score -= 1.0
    below = rows[candidate.row + 1 : candidate.row + 3]
    if candidate.registered or any(REGISTRATION.fullmatch(row.text) for row in below[:1]):
        score += 0.8
    if any(address_score(row.text) >= 0.6 for row in below):
        score += 1.2
    return score


def parties_of(rows: list[Row]) -> dict[int, float]:
    """First words of cells (by identity) in the blocks beside and below ``Bill to`` and ``Seller``: -4 or +3."""
    found: dict[int, float] = {}
    for row in rows:
        for cell in row.cells:
            weight = -4.0 if names_buyer(cell.text) else 3.0 if names_seller(cell.text) else 0.0
            if not weight:
                continue
            for other in row.cells:
                if other.box.x0 > cell.box.x1:
                    found.setdefault(id(other.words[0]), weight)
                    break
            for later in rows[row.index + 1 : row.index + 1 + _PARTY_ROWS]:
                if any(names_buyer(other.text) or names_seller(other.text) for other in later.cells):
                    break
                for other in later.cells:
                    if cell.box.x0 - cell.height < other.box.x1 and other.box.x0 < cell.box.x1 + 20 * cell.height:
                        found[id(other.words[0])] = weight
    return found


def _completed(best: NameCandidate, rows: list[Row]) -> tuple[Run, str, int]:
    """The name with the part in the row above or below, where it is only a part; and its last row."""
    if _is_rest(best.text) and best.row > 0:
        above = rows[best.row - 1]
        start = _candidate(above.run, above.index) if above.page == best.run.page else None
        if start is not None and _may_be_name(start.text) and address_score(start.text) < 0.6:
            return join((start.run, best.run)), f"{start.text.strip()} {best.text}", best.row
    first_line = _first_line(best, rows)
    if first_line is not None:
        return join((first_line.run, best.run)), f"{first_line.text.strip()} {best.text}", best.row
    if not LEGAL_FORM.search(best.text) and best.row + 1 < len(rows):
        below = rows[best.row + 1]
        rest = _candidate(below.run, below.index) if below.page == best.run.page else None
        if rest is not None and LEGAL_FORM.search(rest.text) and _is_rest(rest.text):
            return join((best.run, rest.run)), f"{best.text.strip()} {rest.text}", below.index
    return best.run, best.text, best.row


def _first_line(best: NameCandidate, rows: list[Row]) -> NameCandidate | None:
    """The first line of a name in two lines: flush left right above, with nothing close above it in turn."""
    if not LEGAL_FORM.search(best.text):
        return None
    above = _flush_above(best.run, best.row, rows)
    if above is None or _flush_above(above.run, above.row, rows) is not None or LEGAL_FORM.search(above.text):
        return None
    return above if _may_be_name(above.text) and address_score(above.text) < 0.6 else None


def neighbours_of(name: NameCandidate, rows: list[Row]) -> tuple[NameCandidate | None, NameCandidate | None]:
    """What could be the first half of a name that ends in this line, and the second half of one that begins here."""
    found = []
    for index in (name.row - 1, name.row + 1):
        row = rows[index] if 0 <= index < len(rows) and rows[index].page == name.run.page else None
        line = _candidate(row.run, row.index) if row is not None else None
        is_one = line is not None and address_score(line.text) < 0.6 and not is_contact(line.text)
        found.append(line if is_one and any(character.isalpha() for character in line.text) else None)
    return found[0], found[1]


def _flush_above(run: Run, row: int, rows: list[Row]) -> NameCandidate | None:
    for above in reversed(rows[max(0, row - 2) : row]):
        for cell in above.cells:
            flush = abs(cell.box.x0 - run.box.x0) < run.height / 4
            if above.page == run.page and flush and run.box.y0 - cell.box.y1 < run.height / 2:
                return _candidate(cell, above.index)
    return None


def _is_rest(text: str) -> bool:
    """Whether a name cannot begin like this: an ampersand, or nothing but legal form, trade and a place in brackets."""
    if text.lstrip().startswith(("&", "(")):
        return True
    bare = re.sub(r"\([^)]*\)", " ", TRADE_WORD.sub(" ", LEGAL_FORM.sub(" ", text)))
    return not any(character.isalpha() for character in bare)


def tidy_name(text: str) -> str:
    """Without punctuation at the ends, and with the commonest misreadings put right: digits in words, legal forms."""
    name = text.strip(" ,;:-_*'\"")
    if not re.search(r"(?:\w\.\w+|BHD|SDN|CO|LTD|INC)\.$", name, re.IGNORECASE):
        name = name.rstrip(". ")
    name = _MISREAD_O.sub("O", _MISREAD_I.sub("I", name))
    return _MISREAD_SDN_BHD.sub(_sdn_bhd, name)


def _sdn_bhd(match: re.Match[str]) -> str:
    between = next(group for group in match.groups() if group is not None)
    return f"SDN{between}BHD" if match[0].isupper() else f"Sdn{between}Bhd"
