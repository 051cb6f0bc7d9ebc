"""Which text names the vendor."""

from collections.abc import Sequence
from statistics import median

from ocr_pipeline.structuring.entities import EntityCues
from ocr_pipeline.structuring.labels import squash
from ocr_pipeline.structuring.layout import Row, Run, join
from ocr_pipeline.structuring.line_kinds import LEGAL_FORM, REGISTRATION, TRADE_WORD, address_score, is_contact
from ocr_pipeline.structuring.ranking.candidate import Candidate
from ocr_pipeline.structuring.ranking.line_roles import RolesOfRows
from ocr_pipeline.structuring.vendor import NameCandidate, Vendor, neighbours_of, parties_of, score_name, tidy_name

FEATURES = (
    "rule", "rule_rank", "is_rule", "starts_rule", "ends_rule", "position", "row", "order", "legal_form",
    "ends_with_legal_form", "trade_word", "address", "organisation", "person", "place", "words", "letters", "capitals",
    "digits", "registered", "registration_below", "address_below", "address_two_below", "contact_below", "repeated",
    "party", "role", "address_role", "role_above", "role_below", "address_role_below", "height", "centred", "joined",
    "legal_form_anywhere", "legal_form_below", "recognized", "recognized_least", "candidates",
)  # fmt: skip
_MOST = 24
"""Names stand at the top, or near a label; candidates further down are looked at in this number at most."""


def name_candidates(
    rows: list[Row],
    names: Sequence[NameCandidate],
    cues: Sequence[EntityCues],
    ruled: Vendor | None,
    roles: RolesOfRows,
) -> list[Candidate]:
    """Of each name candidate the text as it is, and joined with the line above or below where it may go on there."""
    if not names:
        return []
    context = _Context(rows, names, ruled, roles)
    found: dict[tuple[str, int], Candidate] = {}
    for order, (name, cue) in enumerate(list(zip(names, cues, strict=True))[:_MOST]):
        spellings = _spellings(name, rows)
        if ruled is not None and any(word is name.run.words[0] for word in ruled.column.words):
            spellings.append((ruled.column, ruled.name.value))
        for run, text in spellings:
            value = tidy_name(text)
            if value and (value, name.row) not in found:
                found[value, name.row] = Candidate(value, run, context.features(name, cue, order, run, text))
    return list(found.values())


def _spellings(name: NameCandidate, rows: list[Row]) -> list[tuple[Run, str]]:
    spellings = [(name.run, name.text)]
    above, below = neighbours_of(name, rows)
    if above is not None:
        spellings.append((join((above.run, name.run)), f"{above.text.strip()} {name.text.strip()}"))
    if below is not None:
        spellings.append((join((name.run, below.run)), f"{name.text.strip()} {below.text.strip()}"))
    return [*spellings, *(part for run, text in spellings if (part := _before_number(run, text)) is not None)]


def _before_number(run: Run, text: str) -> tuple[Run, str] | None:
    """The name up to its legal form, where what follows is a number: the company's, misread."""
    forms = list(LEGAL_FORM.finditer(run.text))
    rest = run.text[forms[-1].end() :] if forms else ""
    if not any(character.isdigit() for character in rest) or not text.endswith(run.text[-len(rest) :]):
        return None
    return run.part(0, forms[-1].end()), text[: len(text) - len(rest)]


class _Context:
    def __init__(
        self, rows: list[Row], names: Sequence[NameCandidate], ruled: Vendor | None, roles: RolesOfRows
    ) -> None:
        self._rows, self._ruled, self._roles = rows, ruled, roles
        self._first_row = names[0].row
        self._count = len(names)
        self._parties = parties_of(rows)
        self._whole = squash(" ".join(row.text for row in rows))
        self._height = median(row.run.height for row in rows)
        first_page = [row.run.box for row in rows if row.page == rows[0].page]
        self._left = min(box.x0 for box in first_page)
        self._width = max(1.0, max(box.x1 for box in first_page) - self._left)
        self._legal_forms = float(any(LEGAL_FORM.search(name.text) for name in names))

    def features(self, name: NameCandidate, cue: EntityCues, order: int, run: Run, text: str) -> tuple[float, ...]:
        value = tidy_name(text)
        rule = score_name(name, cue, name.row - self._first_row, self._rows)
        party = self._parties.get(id(name.run.words[0]), 0.0)
        ruled = squash(self._ruled.name.value) if self._ruled else ""
        squashed = squash(value)
        last = self._last_row(run, name.row)
        below = self._row(last + 1)
        two_below = self._row(last + 2)
        above = self._row(name.row - 1)
        row = self._rows[name.row]
        letters = sum(character.isalpha() for character in text)
        own, up, down = self._roles.of(row), self._roles.of(above), self._roles.of(below)
        return tuple(
            float(part)
            for part in (
                rule + party,
                rule,
                squashed == ruled,
                bool(ruled) and ruled.startswith(squashed),
                bool(ruled) and ruled.endswith(squashed),
                name.row - self._first_row,
                name.row / len(self._rows),
                order,
                LEGAL_FORM.search(text) is not None,
                any(match.end() >= len(text.rstrip(" .,)")) - 1 for match in LEGAL_FORM.finditer(text)),
                TRADE_WORD.search(text) is not None,
                address_score(text),
                cue.organisation,
                cue.person,
                cue.place,
                len(text.split()),
                letters,
                sum(character.isupper() for character in text) / max(1, letters),
                sum(character.isdigit() for character in text),
                name.registered,
                below is not None and REGISTRATION.fullmatch(below.text) is not None,
                address_score(below.text) if below else 0.0,
                address_score(two_below.text) if two_below else 0.0,
                below is not None and is_contact(below.text),
                self._whole.count(squashed) if squashed else 0,
                party,
                own[0],
                own[1],
                up[0],
                down[0],
                down[1],
                run.height / self._height,
                abs((run.box.x0 + run.box.x1) / 2 - self._left - self._width / 2) / self._width,
                len(run.words) - len(name.run.words),
                self._legal_forms,
                below is not None and LEGAL_FORM.search(below.text) is not None,
                sum(word.confidence for word in run.words) / len(run.words),
                min(word.confidence for word in run.words),
                self._count,
            )
        )

    def _row(self, index: int) -> Row | None:
        inside = 0 <= index < len(self._rows) and self._rows[index].page == self._rows[0].page
        return self._rows[index] if inside else None

    def _last_row(self, run: Run, row: int) -> int:
        """The row of the run's last word: its own, or the one below where it was joined with that."""
        below = self._row(row + 1)
        return row + 1 if below is not None and run.words[-1] in below.run.words else row
