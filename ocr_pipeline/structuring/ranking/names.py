"""Which text names the vendor."""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from ocr_pipeline.structuring.labels import squash
from ocr_pipeline.structuring.layout import Row, Run, join
from ocr_pipeline.structuring.line_kinds import LEGAL_FORM, TRADE_WORD
from ocr_pipeline.structuring.name_lines import NameCandidate, neighbours_of, tidy_name
from ocr_pipeline.structuring.ranking.candidate import Candidate
from ocr_pipeline.structuring.ranking.line_looks import NOTHING, looks_of
from ocr_pipeline.structuring.ranking.line_roles import RolesOfRows
from ocr_pipeline.structuring.ranking.page_frame import PageFrame
from ocr_pipeline.structuring.vendor import JudgedName, Vendor

_MOST = 24
"""Names stand at the top, or near a label; candidates further down are looked at in this number at most."""


class NameFeatures(NamedTuple):
    # What the rules say.
    rule: float
    rule_without_party: float
    is_rule: float
    starts_rule: float
    ends_rule: float
    # Where the line stands, and what is in it.
    position: float
    row: float
    order: float
    legal_form: float
    ends_with_legal_form: float
    trade_word: float
    address: float
    organisation: float
    person: float
    place: float
    words: float
    letters: float
    capitals: float
    digits: float
    registered: float
    # What is around it.
    registration_below: float
    address_below: float
    address_two_below: float
    contact_below: float
    repeated: float
    party: float
    role: float
    address_role: float
    role_above: float
    role_below: float
    address_role_below: float
    # How it is printed and read.
    height: float
    centred: float
    joined: float
    legal_form_anywhere: float
    legal_form_below: float
    recognized: float
    recognized_least: float
    candidates: float


def is_vouched_for(name: Candidate) -> bool:
    """Whether anything but its place speaks for a name: a legal form, a trade, a registration or an address."""
    features = NameFeatures(*name.features)
    return bool(
        features.legal_form
        or features.trade_word
        or features.registered
        or features.registration_below
        or features.party > 0
        or max(features.address_below, features.address_two_below, features.address_role_below) >= 0.5
    )


def name_candidates(
    rows: list[Row], names: Sequence[JudgedName], ruled: Vendor | None, roles: RolesOfRows
) -> list[Candidate]:
    """Of each name the text as it is, and joined with the line above or below where it may go on there.

    `names` are in the order of the document, `ruled` is the rules' choice among them.
    """
    if not names:
        return []
    context = _Context(rows, names, ruled, roles)
    found: dict[tuple[str, int], Candidate] = {}
    for order, judged in enumerate(names[:_MOST]):
        name = judged.name
        spellings = _spellings(name, rows)
        if ruled is not None and any(word is name.run.words[0] for word in ruled.column.words):
            spellings.append((ruled.column, ruled.name))
        for run, text in spellings:
            value = tidy_name(text)
            if value and (value, name.row) not in found:
                found[value, name.row] = Candidate(value, run, context.features(judged, order, run, text, value))
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
    if not any(character.isdigit() for character in rest) or not text.endswith(rest):
        return None
    return run.part(0, forms[-1].end()), text[: len(text) - len(rest)]


class _Context:
    """The document that a name is to be found in; `names` is not empty."""

    def __init__(self, rows: list[Row], names: Sequence[JudgedName], ruled: Vendor | None, roles: RolesOfRows) -> None:
        self._rows, self._roles, self._page = rows, roles, PageFrame(rows)
        self._ruled = squash(ruled.name) if ruled is not None else ""
        self._first_row = names[0].name.row
        self._count = len(names)
        self._whole = squash(" ".join(row.text for row in rows))
        self._height = median(row.run.height for row in rows)
        self._legal_forms = any(LEGAL_FORM.search(judged.name.text) for judged in names)

    def features(self, judged: JudgedName, order: int, run: Run, text: str, value: str) -> NameFeatures:
        """`run` and `text` are those of one spelling, `value` is the text tidied."""
        name, cue = judged.name, judged.cue
        squashed = squash(value)
        last = self._last_row(run, name.row)
        above, row, below, two_below = (self._page.row(n) for n in (name.row - 1, name.row, last + 1, last + 2))
        looks = looks_of(text)
        looks_below = looks_of(below.text) if below is not None else NOTHING
        own, up, down = self._roles.of(row), self._roles.of(above), self._roles.of(below)
        letters = sum(character.isalpha() for character in text)
        end = len(text.rstrip(" .,)")) - 1
        confidences = [word.confidence for word in run.words]
        return NameFeatures(
            rule=judged.looks + judged.party,
            rule_without_party=judged.looks,
            is_rule=squashed == self._ruled,
            starts_rule=bool(self._ruled) and self._ruled.startswith(squashed),
            ends_rule=bool(self._ruled) and self._ruled.endswith(squashed),
            position=name.row - self._first_row,
            row=name.row / len(self._rows),
            order=order,
            legal_form=looks.legal_form,
            ends_with_legal_form=any(match.end() >= end for match in LEGAL_FORM.finditer(text)),
            trade_word=TRADE_WORD.search(text) is not None,
            address=looks.address,
            organisation=cue.organisation,
            person=cue.person,
            place=cue.place,
            words=len(text.split()),
            letters=letters,
            capitals=sum(character.isupper() for character in text) / max(1, letters),
            digits=looks.digits,
            registered=name.registered,
            registration_below=looks_below.is_registration,
            address_below=looks_below.address,
            address_two_below=looks_of(two_below.text).address if two_below is not None else 0.0,
            contact_below=looks_below.contact,
            repeated=self._whole.count(squashed) if squashed else 0,
            party=judged.party,
            role=own.vendor,
            address_role=own.address,
            role_above=up.vendor,
            role_below=down.vendor,
            address_role_below=down.address,
            height=run.height / self._height,
            centred=abs((run.box.x0 + run.box.x1) / 2 - self._page.left - self._page.width / 2) / self._page.width,
            joined=len(run.words) - len(name.run.words),
            legal_form_anywhere=self._legal_forms,
            legal_form_below=looks_below.legal_form,
            recognized=sum(confidences) / len(confidences),
            recognized_least=min(confidences),
            candidates=self._count,
        )

    def _last_row(self, run: Run, row: int) -> int:
        """The row of the run's last word: its own, or the one below where it was joined with that."""
        below = self._page.row(row + 1)
        is_below = below is not None and any(word is run.words[-1] for word in below.run.words)
        return row + 1 if is_below else row
