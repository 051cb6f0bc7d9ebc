"""Which lines are the vendor's address."""

from collections.abc import Iterator
from typing import NamedTuple

from ocr_pipeline.structuring.address import joined_lines, place_below, without_contact
from ocr_pipeline.structuring.labels import squash
from ocr_pipeline.structuring.layout import Row, Run, join
from ocr_pipeline.structuring.line_kinds import (
    LEGAL_FORM,
    POSTCODE,
    REGISTRATION,
    address_score,
    is_contact,
    is_heading,
    names_buyer,
)
from ocr_pipeline.structuring.ranking.candidate import Candidate
from ocr_pipeline.structuring.ranking.line_roles import RolesOfRows

FEATURES = (
    "is_rule", "starts_as_rule", "ends_as_rule", "lines", "row", "below_name", "name_known", "score_first",
    "score_last", "score_mean", "score_least", "score_above", "score_below", "role_first", "role_last", "role_mean",
    "role_least", "role_above", "role_below", "role_two_below", "vendor_role_above", "vendor_role_first", "postcodes",
    "postcode_last", "postcode_below", "comma_last", "comma_above", "contact_below", "contact_inside",
    "heading_inside", "registration_first", "registration_above", "legal_form_inside", "buyer_above", "digits",
    "letters", "cut", "left", "recognized", "recognized_least", "has_place",
)  # fmt: skip
_MOST_LINES = 6
_MOST_ROWS = 40
"""How far down the first page an address may begin."""
_LEAST = 0.08
"""A line that plays no more of an address's role than this, and has no sign of one, is in none."""


class _Line(NamedTuple):
    run: Run
    row: int
    role: float
    score: float
    cut: bool
    """A telephone or tax number stood behind it."""


def address_candidates(
    rows: list[Row], roles: RolesOfRows, name: Run | None, ruled: tuple[Run, ...] = ()
) -> list[Candidate]:
    """Runs of lines that stand below each other. `name` is what was taken for the vendor's, `ruled` the rules' lines."""
    context = _Context(rows, roles, name, ruled)
    found: dict[tuple[int, int, str], Candidate] = {}
    blocks = [*([[_as_line(run, rows, roles) for run in ruled]] if ruled else []), *_blocks(rows, roles)]
    for lines in blocks:
        value = joined_lines([line.run for line in lines])
        key = (lines[0].row, lines[-1].row, value)
        if value and key not in found:
            found[key] = Candidate(value, join([line.run for line in lines]), context.features(lines))
    return list(found.values())


def _blocks(rows: list[Row], roles: RolesOfRows) -> Iterator[list[_Line]]:
    first_page = [row for row in rows if row.page == rows[0].page]
    for row in first_page[:_MOST_ROWS]:
        for cell in row.cells:
            first = _line(cell, row.index, roles)
            if first is None or not (_may_belong(first) or _stands_above_postcode(cell, row, rows)):
                continue
            lines = [first]
            yield list(lines)
            for below in first_page[row.index + 1 : row.index + _MOST_LINES]:
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
    role = float(roles.of_text(cell.text)[1])
    return _Line(kept, row, role, address_score(kept.text), kept is not cell)


def _as_line(run: Run, rows: list[Row], roles: RolesOfRows) -> _Line:
    row = next(row for row in rows if any(word is run.words[0] for word in row.run.words))
    return _Line(run, row.index, float(roles.of_text(run.text)[1]), address_score(run.text), cut=False)


def _may_belong(line: _Line) -> bool:
    return line.role > _LEAST or line.score >= 0.5


def _stands_above_postcode(cell: Run, row: Row, rows: list[Row]) -> bool:
    """A street that looks like nothing else does so by the town below it."""
    if row.index + 1 >= len(rows) or not any(character.isdigit() for character in cell.text):
        return False
    under = place_below(cell, rows[row.index + 1])
    return under is not None and POSTCODE.search(under.text) is not None


class _Context:
    def __init__(self, rows: list[Row], roles: RolesOfRows, name: Run | None, ruled: tuple[Run, ...]) -> None:
        self._rows, self._roles = rows, roles
        self._ruled = {id(word) for run in ruled for word in run.words}
        self._ruled_first = id(ruled[0].words[0]) if ruled else None
        self._ruled_last = id(ruled[-1].words[-1]) if ruled else None
        self._name_row = self._row_of(name) if name else None
        first_page = [row.run.box for row in rows if row.page == rows[0].page]
        self._left = min(box.x0 for box in first_page)
        self._width = max(1.0, max(box.x1 for box in first_page) - self._left)

    def features(self, lines: list[_Line]) -> tuple[float, ...]:
        words = [word for line in lines for word in line.run.words]
        first, last = lines[0], lines[-1]
        above, below, two_below = self._row(first.row - 1), self._row(last.row + 1), self._row(last.row + 2)
        texts = [line.run.text for line in lines]
        scores, line_roles = [line.score for line in lines], [line.role for line in lines]
        up, down = self._roles.of(above), self._roles.of(below)
        known = self._name_row is not None
        return tuple(
            float(part)
            for part in (
                {id(word) for word in words} == self._ruled,
                id(words[0]) == self._ruled_first,
                id(words[-1]) == self._ruled_last,
                len(lines),
                first.row,
                first.row - self._name_row if self._name_row is not None else 0,
                known,
                scores[0],
                scores[-1],
                sum(scores) / len(scores),
                min(scores),
                address_score(above.text) if above else 0.0,
                address_score(below.text) if below else 0.0,
                line_roles[0],
                line_roles[-1],
                sum(line_roles) / len(lines),
                min(line_roles),
                up[1],
                down[1],
                self._roles.of(two_below)[1],
                up[0],
                self._roles.of_text(texts[0])[0],
                sum(POSTCODE.search(text) is not None for text in texts),
                POSTCODE.search(texts[-1]) is not None,
                below is not None and POSTCODE.search(below.text) is not None,
                texts[-1].rstrip().endswith(","),
                above is not None and above.text.rstrip().endswith(","),
                below is not None and is_contact(below.text),
                any(is_contact(text) for text in texts),
                any(is_heading(text) for text in texts),
                REGISTRATION.search(texts[0]) is not None,
                above is not None and REGISTRATION.search(above.text) is not None,
                any(LEGAL_FORM.search(text) for text in texts),
                above is not None and any(names_buyer(cell.text) for cell in above.cells),
                sum(character.isdigit() for text in texts for character in text),
                sum(len(squash(text)) for text in texts),
                last.cut,
                (min(line.run.box.x0 for line in lines) - self._left) / self._width,
                sum(word.confidence for word in words) / len(words),
                min(word.confidence for word in words),
                bool(self._ruled),
            )
        )

    def _row_of(self, name: Run) -> int | None:
        last = name.words[-1]
        return next((row.index for row in self._rows if any(word is last for word in row.run.words)), None)

    def _row(self, index: int) -> Row | None:
        inside = 0 <= index < len(self._rows) and self._rows[index].page == self._rows[0].page
        return self._rows[index] if inside else None
