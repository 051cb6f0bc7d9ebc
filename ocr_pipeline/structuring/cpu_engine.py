"""Fields without a language model: candidates by rules, chosen by small learned rankers. No accelerator is needed."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import ClassVar

from ocr_pipeline.documents.model import DocumentText, Field, Reading, Record
from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.kinds.languages import language_named
from ocr_pipeline.structuring.dates import FoundDate
from ocr_pipeline.structuring.engine import VERSIONS
from ocr_pipeline.structuring.invoice_number import find_invoice_number
from ocr_pipeline.structuring.labelled_fields import find_labelled
from ocr_pipeline.structuring.layout import Run, rows_of
from ocr_pipeline.structuring.level_pages import levelled, on_original_pages
from ocr_pipeline.structuring.line_items import find_line_items
from ocr_pipeline.structuring.ranking.candidate import Candidate
from ocr_pipeline.structuring.ranking.facts import Facts
from ocr_pipeline.structuring.ranking.line_roles import RolesOfRows
from ocr_pipeline.structuring.ranking.models import WEIGHTS, Choice, FieldModels, load_models
from ocr_pipeline.structuring.ranking.names import is_vouched_for
from ocr_pipeline.structuring.totals import Parts, parts_of

_LEAST = 0.1
"""What is less likely than this is no value of the field."""
_UNVOUCHED = 0.6
"""Most that a vendor's name is sure of which nothing speaks but its place."""
_ORDER_GUESSED = 0.7
"""Most that 03/04/2018 is sure of where nothing tells which of the two is the month."""
_MOST_ALTERNATIVES = 3
_LIKELY_ALTERNATIVE = 0.02


class CpuEngine:
    name = "cpu"
    version = VERSIONS["cpu"]
    at_once = 1
    counts: ClassVar[dict[str, int]] = {}

    def __init__(self, weights: Path = WEIGHTS) -> None:
        """`weights` is a folder as `training.fields` writes it."""
        self._weights = weights

    def structure(self, text: DocumentText, kind: DocumentKind) -> Record:
        rows = rows_of(levelled(text))
        reader = _Reader(Facts(rows, text.language), load_models(self._weights)) if rows else None
        fields, sums_from = reader.fields(kind) if reader else ({}, None)
        record = Record(
            engine=f"{self.name}-{self.version}",
            kind=kind.name,
            fields=fields,
            line_items=find_line_items(rows, sums_from, language_named(text.language)) if kind.has_line_items else (),
        )
        return on_original_pages(record, text)


class _Reader:
    """One document's rows, and what was found in them."""

    def __init__(self, facts: Facts, models: FieldModels) -> None:
        self._facts = facts
        self._rankers = models.rankers
        self._roles = RolesOfRows(facts.rows, models.lines)

    def fields(self, kind: DocumentKind) -> tuple[dict[str, Field], int | None]:
        """The fields of the kind that were found, and the row where the sums begin."""
        facts = self._facts
        name = self._name()
        total, parts = self._total()
        found = {
            "vendor_name": _field(name),
            "vendor_address": self._address(name[0].candidate.run if name else None),
            "document_date": self._date(),
            "invoice_number": find_invoice_number(facts.rows),
            "currency": facts.currency,
            "total": total,
            "subtotal": parts.subtotal if parts else None,
            "tax": parts.tax if parts else None,
        }
        others = [spec for spec in kind.fields if spec.name not in found]
        found |= find_labelled(others, facts.rows, facts.is_day_first)
        fields = {spec.name: field for spec in kind.fields if (field := found.get(spec.name)) is not None}
        return fields, parts.first_row if parts else None

    def _total(self) -> tuple[Field | None, Parts | None]:
        candidates = self._facts.totals(self._roles)
        choices = self._likely("total", [candidate for candidate, _ in candidates], self._facts.ruled_total)
        if not choices:
            return None, None
        return _field(choices), parts_of(candidates[choices[0].index][1], self._facts.amounts, self._facts.rows)

    def _date(self) -> Field | None:
        candidates = self._facts.dates()
        choices = self._likely("document_date", [candidate for candidate, _ in candidates], None)
        field = _field(choices)
        if field is None:
            return None
        found = candidates[choices[0].index][1]
        if found.ambiguous and not self._facts.tells_order:
            field = field.model_copy(update={"confidence": min(field.confidence, _ORDER_GUESSED)})
        return _with_other_order(field, found, settled=self._facts.is_order_settled)

    def _name(self) -> list[Choice]:
        choices = self._likely("vendor_name", self._facts.names(self._roles), self._facts.ruled_name)
        if choices and not is_vouched_for(choices[0].candidate):
            # The rankers learned from receipts, where a name is sure to stand at the top; forms begin with anything.
            choices[0] = replace(choices[0], confidence=min(choices[0].confidence, _UNVOUCHED))
        return choices

    def _address(self, name: Run | None) -> Field | None:
        candidates = self._facts.addresses(self._roles, name)
        return _field(self._likely("vendor_address", candidates, self._facts.ruled_address))

    def _likely(self, field: str, candidates: list[Candidate], ruled: str | None) -> list[Choice]:
        """The ranked candidates; none where not even the best is likely."""
        choices = self._rankers[field].rank(candidates, ruled)
        return choices if choices and choices[0].confidence >= _LEAST else []


def _field(choices: list[Choice]) -> Field | None:
    """The first choice, with those of the others that are at all likely; None without any."""
    if not choices:
        return None
    best, *others = choices
    alternatives = tuple(
        Reading(
            value=other.candidate.value, confidence=round(other.confidence, 4), evidence=other.candidate.run.evidence()
        )
        for other in others[:_MOST_ALTERNATIVES]
        if other.confidence >= _LIKELY_ALTERNATIVE
    )
    return Field(
        value=best.candidate.value,
        confidence=round(best.confidence, 4),
        evidence=best.candidate.run.evidence(),
        alternatives=alternatives,
    )


def _with_other_order(field: Field, found: FoundDate, *, settled: bool) -> Field:
    """03/04/2018 may be either; the second reading is offered unless it is settled that it is none."""
    if not found.ambiguous or settled:
        return field
    swapped = date(found.value.year, found.value.day, found.value.month).isoformat()
    other = Reading(value=swapped, confidence=round((1 - field.confidence) / 2, 4), evidence=field.evidence)
    kept = tuple(reading for reading in field.alternatives if reading.value != swapped)
    return field.model_copy(update={"alternatives": (other, *kept)})
