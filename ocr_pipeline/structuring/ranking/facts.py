"""What rules alone say of a document: the base that candidates and their features are made from."""

from functools import cached_property

from ocr_pipeline.documents.model import Field
from ocr_pipeline.kinds.languages import language_named
from ocr_pipeline.structuring.address import address_lines, joined_lines
from ocr_pipeline.structuring.amounts import plain
from ocr_pipeline.structuring.currency import find_currency
from ocr_pipeline.structuring.dates import FoundDate, day_first_evidence
from ocr_pipeline.structuring.document_date import is_day_first, tells_order
from ocr_pipeline.structuring.entities import EntityCues, entity_cues
from ocr_pipeline.structuring.labelled_amounts import Labelled, label_amounts
from ocr_pipeline.structuring.layout import Row, Run
from ocr_pipeline.structuring.name_lines import NameCandidate, candidates_in
from ocr_pipeline.structuring.ranking.addresses import address_candidates
from ocr_pipeline.structuring.ranking.candidate import Candidate
from ocr_pipeline.structuring.ranking.dates import date_candidates
from ocr_pipeline.structuring.ranking.line_roles import RolesOfRows
from ocr_pipeline.structuring.ranking.names import name_candidates
from ocr_pipeline.structuring.ranking.totals import total_candidates
from ocr_pipeline.structuring.totals import ruled_total, total_scores
from ocr_pipeline.structuring.vendor import JudgedName, Vendor, find_vendor, judged

_NAMED_CANDIDATES = 16
"""Lines of a document that spaCy looks at; names stand at the top."""


class Facts:
    """Of one document, given as its rows (at least one) and, where its sender named it, its language."""

    def __init__(self, rows: list[Row], language: str | None = None) -> None:
        self.rows = rows
        self.language = language_named(language)

    @cached_property
    def currency(self) -> Field | None:
        return find_currency(self.rows)

    @cached_property
    def is_day_first(self) -> bool:
        return is_day_first(self.rows, self.currency.value if self.currency else None, self.language)

    @cached_property
    def tells_order(self) -> bool:
        return tells_order(self.rows, self.currency.value if self.currency else None, self.language)

    @cached_property
    def is_order_settled(self) -> bool:
        """Whether 03/04/2018 has one reading here: the document's other dates, or its sender, leave no other."""
        return bool(day_first_evidence(self.rows)) or self.language.day_first is not None

    @cached_property
    def amounts(self) -> list[Labelled]:
        """All of them in the order of the document."""
        return label_amounts(self.rows)

    @cached_property
    def ruled_total(self) -> str | None:
        total = ruled_total(self.amounts, self._total_scores)
        return plain(total.value) if total else None

    @property
    def ruled_name(self) -> str | None:
        return self._vendor.name if self._vendor else None

    @property
    def ruled_address(self) -> str | None:
        return joined_lines(self._address_lines) if self._address_lines else None

    def totals(self, roles: RolesOfRows) -> list[tuple[Candidate, Labelled]]:
        return total_candidates(self.rows, self.amounts, self._total_scores, roles)

    def dates(self) -> list[tuple[Candidate, FoundDate]]:
        return date_candidates(self.rows, self.is_day_first)

    def names(self, roles: RolesOfRows) -> list[Candidate]:
        return name_candidates(self.rows, self._names, self._vendor, roles)

    def addresses(self, roles: RolesOfRows, name: Run | None) -> list[Candidate]:
        """`name` is what was taken for the vendor's."""
        return address_candidates(self.rows, roles, name, self._address_lines)

    @cached_property
    def _total_scores(self) -> list[float]:
        return total_scores(self.amounts, self.rows)

    @cached_property
    def _names(self) -> list[JudgedName]:
        candidates = candidates_in(self.rows)
        return judged(candidates, _cues(candidates), self.rows)

    @cached_property
    def _vendor(self) -> Vendor | None:
        return find_vendor(self._names, self.rows)

    @cached_property
    def _address_lines(self) -> tuple[Run, ...]:
        return address_lines(self._vendor, self.rows) if self._vendor else ()


def _cues(names: list[NameCandidate]) -> list[EntityCues]:
    """Entity cues of the names; those far down the page get none."""
    lines = [name.text for name in names[:_NAMED_CANDIDATES]]
    nothing = EntityCues(0.0, 0.0, 0.0)
    return [*(entity_cues(lines) if lines else []), *([nothing] * (len(names) - len(lines)))]
