"""Which lines are the vendor's address."""

from collections.abc import Iterator
from typing import NamedTuple

from ocr_pipeline.structuring.address import joined_lines, place_below, without_contact
from ocr_pipeline.structuring.layout import Row, Run, join
from ocr_pipeline.structuring.line_kinds import POSTCODE, names_buyer
from ocr_pipeline.structuring.ranking.candidate import Candidate
from ocr_pipeline.structuring.ranking.line_looks import NOTHING, LineLooks, looks_of
from ocr_pipeline.structuring.ranking.line_roles import Roles, RolesOfRows
from ocr_pipeline.structuring.ranking.page_frame import PageFrame

_MOST_LINES = 6
_MOST_ROWS = 40
"""How far down the first page an address may begin."""
_LEAST = 0.08
"""A line that plays no more of an address's role than this, and has no sign of one, is in none."""


class AddressFeatures(NamedTuple):
    # What the rules say.
    is_rule: float
    starts_as_rule: float
    ends_as_rule: float
    # Which lines they are.
    lines: float
    row: float
    below_name: float
    name_known: float
    # How much they look like an address, by patterns ...
    score_first: float
    score_last: float
    score_mean: float
    score_least: float
    score_above: float
    score_below: float
    # ... and by the line model.
    role_first: float
    role_last: float
    role_mean: float
    role_least: float
    role_above: float
    role_below: float
    role_two_below: float
    vendor_role_above: float
    vendor_role_first: float
    # What is in them and around them.
    postcodes: float
    postcode_last: float
    postcode_below: float
    comma_last: float
    comma_above: float
    contact_below: float
    contact_inside: float
    heading_inside: float
    registration_first: float
    registration_above: float
    legal_form_inside: float
    buyer_above: float
    digits: float
    letters: float
    cut: float
    # How they are printed and read.
    left: float
    recognized: float
    recognized_least: float
    rule_known: float


class _Line(NamedTuple):
    run: Run
    row: int
    roles: Roles
    """Of the whole cell."""
    looks: LineLooks
    cut: bool
    """A telephone or tax number stood behind it."""


def address_candidates(
    rows: list[Row], roles: RolesOfRows, name: Run | None, ruled: tuple[Run, ...] = ()
) -> list[Candidate]:
    """Lines that stand below each other. `name` is what was taken for the vendor's, `ruled` are the rules' lines."""
    page = PageFrame(rows)
    context = _Context(page, roles, name, ruled)
    found: dict[tuple[int, int, str], Candidate] = {}
    for lines in (*_ruled_block(ruled, page, roles), *_blocks(page, roles)):
        value = joined_lines([line.run for line in lines])
        key = (lines[0].row, lines[-1].row, value)
        if any(character.isalpha() for character in value) and key not in found:
            found[key] = Candidate(value, join([line.run for line in lines]), context.features(lines))
    return list(found.values())


def _ruled_block(ruled: tuple[Run, ...], page: PageFrame, roles: RolesOfRows) -> Iterator[list[_Line]]:
    lines = []
    for run in ruled:
        index = page.row_of(run)
        if index is not None and (row := page.row(index)) is not None:
            whole = next((cell for cell in row.cells if cell.words[0] is run.words[0]), run)
            is_cut = len(run.words) < len(whole.words)
            lines.append(_Line(run, row.index, roles.of_text(whole.text), looks_of(run.text), cut=is_cut))
    if lines:
        yield lines


def _blocks(page: PageFrame, roles: RolesOfRows) -> Iterator[list[_Line]]:
    for row in page.rows[:_MOST_ROWS]:
        for cell in row.cells:
            first = _line(cell, row.index, roles)
            if first is None or not (_may_belong(first) or _stands_above_postcode(cell, page.row(row.index + 1))):
                continue
            lines = [first]
            yield list(lines)
            for below in page.rows[row.index + 1 : row.index + _MOST_LINES]:
                under = place_below(cell, below)
                following = _line(under, below.index, roles) if under is not None else None
                if lines[-1].cut or following is None or not _may_belong(following):
                    break
                lines.append(following)
                yield list(lines)


def _line(cell: Run, row: int, roles: RolesOfRows) -> _Line | None:
    kept = without_contact(cell)
    if kept is None:
        return None
    return _Line(kept, row, roles.of_text(cell.text), looks_of(kept.text), cut=kept is not cell)


def _may_belong(line: _Line) -> bool:
    return line.roles.address > _LEAST or line.looks.address >= 0.5


def _stands_above_postcode(cell: Run, below: Row | None) -> bool:
    """A street that looks like nothing else does so by the town below it."""
    if below is None or not any(character.isdigit() for character in cell.text):
        return False
    under = place_below(cell, below)
    return under is not None and POSTCODE.search(under.text) is not None


class _Context:
    """The page that an address is to be found in."""

    def __init__(self, page: PageFrame, roles: RolesOfRows, name: Run | None, ruled: tuple[Run, ...]) -> None:
        self._page, self._roles = page, roles
        self._ruled = {id(word) for run in ruled for word in run.words}
        self._ruled_first = id(ruled[0].words[0]) if ruled else None
        self._ruled_last = id(ruled[-1].words[-1]) if ruled else None
        self._name_row = page.row_of(name) if name else None

    def features(self, lines: list[_Line]) -> AddressFeatures:
        words = [word for line in lines for word in line.run.words]
        confidences = [word.confidence for word in words]
        first, last = lines[0], lines[-1]
        above, below, two_below = (self._page.row(n) for n in (first.row - 1, last.row + 1, last.row + 2))
        looks_above = looks_of(above.text) if above is not None else NOTHING
        looks_below = looks_of(below.text) if below is not None else NOTHING
        up, down = self._roles.of(above), self._roles.of(below)
        scores, roles = [line.looks.address for line in lines], [line.roles.address for line in lines]
        left = min(line.run.box.x0 for line in lines)
        return AddressFeatures(
            is_rule={id(word) for word in words} == self._ruled,
            starts_as_rule=id(words[0]) == self._ruled_first,
            ends_as_rule=id(words[-1]) == self._ruled_last,
            lines=len(lines),
            row=first.row,
            below_name=first.row - self._name_row if self._name_row is not None else 0,
            name_known=self._name_row is not None,
            score_first=scores[0],
            score_last=scores[-1],
            score_mean=sum(scores) / len(scores),
            score_least=min(scores),
            score_above=looks_above.address,
            score_below=looks_below.address,
            role_first=roles[0],
            role_last=roles[-1],
            role_mean=sum(roles) / len(roles),
            role_least=min(roles),
            role_above=up.address,
            role_below=down.address,
            role_two_below=self._roles.of(two_below).address,
            vendor_role_above=up.vendor,
            vendor_role_first=self._roles.of_text(first.run.text).vendor,
            postcodes=sum(line.looks.postcode for line in lines),
            postcode_last=last.looks.postcode,
            postcode_below=looks_below.postcode,
            comma_last=last.run.text.rstrip().endswith(","),
            comma_above=above is not None and above.text.rstrip().endswith(","),
            contact_below=looks_below.contact,
            contact_inside=any(line.looks.contact for line in lines),
            heading_inside=any(line.looks.heading for line in lines),
            registration_first=first.looks.ends_registered,
            registration_above=looks_above.ends_registered,
            legal_form_inside=any(line.looks.legal_form for line in lines),
            buyer_above=above is not None and any(names_buyer(cell.text) for cell in above.cells),
            digits=sum(line.looks.digits for line in lines),
            letters=sum(line.looks.letters for line in lines),
            cut=last.cut,
            left=(left - self._page.left) / self._page.width,
            recognized=sum(confidences) / len(confidences),
            recognized_least=min(confidences),
            rule_known=bool(self._ruled),
        )
