"""Who issued the document, by rules alone: the line of the letterhead that most looks like a company's name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ocr_pipeline.structuring.entities import EntityCues
from ocr_pipeline.structuring.labels import squash
from ocr_pipeline.structuring.layout import Row, Run, join
from ocr_pipeline.structuring.line_kinds import (
    LEGAL_FORM,
    REGISTRATION,
    TRADE_WORD,
    address_score,
    names_buyer,
    names_seller,
)
from ocr_pipeline.structuring.name_lines import NameCandidate, candidate_in, may_be_name, tidy_name

_PARTY_ROWS = 5
"""A name stands at most so many rows below the label that says whose it is."""


@dataclass(frozen=True)
class JudgedName:
    """What rules say of a name."""

    name: NameCandidate
    cue: EntityCues
    looks: float
    """How much it looks like the vendor's, by its text and its place."""
    party: float
    """Whose block it stands in: below 0 the buyer's, above 0 the vendor's, 0 where no label says."""
    repeated: int
    """How often its text occurs in the document."""


@dataclass(frozen=True)
class Vendor:
    """The name, and where the search for the address begins: below `column`, after row `row`."""

    name: str
    column: Run
    row: int


def judged(candidates: Sequence[NameCandidate], cues: Sequence[EntityCues], rows: list[Row]) -> list[JudgedName]:
    """`cues` are the entity cues of `candidates`, which are in the order of the document."""
    parties = _parties(rows)
    whole = squash(" ".join(row.text for row in rows))
    return [
        JudgedName(
            name=name,
            cue=cue,
            looks=_looks(name, cue, name.row - candidates[0].row, rows),
            party=parties.get(id(name.run.words[0]), 0.0),
            repeated=whole.count(squash(name.text)),
        )
        for name, cue in zip(candidates, cues, strict=True)
    ]


def find_vendor(names: Sequence[JudgedName], rows: list[Row]) -> Vendor | None:
    """The best of the names, completed where it goes on in the next line."""
    if not names:
        return None
    best = max(names, key=lambda n: (n.looks + n.party + 0.5 * min(2, n.repeated - 1), -n.name.row)).name
    run, text, row = _completed(best, rows)
    return Vendor(tidy_name(text), run, row)


def _looks(candidate: NameCandidate, cue: EntityCues, position: int, rows: list[Row]) -> float:
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


def _parties(rows: list[Row]) -> dict[int, float]:
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
        start = candidate_in(above.run, above.index) if above.page == best.run.page else None
        if start is not None and may_be_name(start.text) and address_score(start.text) < 0.6:
            return join((start.run, best.run)), f"{start.text.strip()} {best.text}", best.row
    first_line = _first_line(best, rows)
    if first_line is not None:
        return join((first_line.run, best.run)), f"{first_line.text.strip()} {best.text}", best.row
    if not LEGAL_FORM.search(best.text) and best.row + 1 < len(rows):
        below = rows[best.row + 1]
        rest = candidate_in(below.run, below.index) if below.page == best.run.page else None
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
    return above if may_be_name(above.text) and address_score(above.text) < 0.6 else None


def _flush_above(run: Run, row: int, rows: list[Row]) -> NameCandidate | None:
    for above in reversed(rows[max(0, row - 2) : row]):
        for cell in above.cells:
            flush = abs(cell.box.x0 - run.box.x0) < run.height / 4
            if above.page == run.page and flush and run.box.y0 - cell.box.y1 < run.height / 2:
                return candidate_in(cell, above.index)
    return None


def _is_rest(text: str) -> bool:
    """Whether a name cannot begin like this: an ampersand, or nothing but legal form, trade and a place in brackets."""
    if text.lstrip().startswith(("&", "(")):
        return True
    bare = re.sub(r"\([^)]*\)", " ", TRADE_WORD.sub(" ", LEGAL_FORM.sub(" ", text)))
    return not any(character.isalpha() for character in bare)
