"""The candidates of one field in labelled documents, and what a ranker chooses among them."""

from dataclasses import dataclass

from ocr_pipeline.evaluation.score import is_right
from ocr_pipeline.structuring.layout import Run
from ocr_pipeline.structuring.ranking.candidate import Candidate
from ocr_pipeline.structuring.ranking.line_roles import RolesOfRows
from ocr_pipeline.structuring.ranking.models import Scorer, confidence_features
from training.fields.examples import Example, target


@dataclass(frozen=True)
class Chosen:
    """The choice in one document of a ranker that learned from other vendors."""

    example: Example
    field: str
    candidate: Candidate | None
    is_right: bool
    is_reachable: bool
    """Whether the right value is among the candidates."""
    features: tuple[float, ...] | None
    """Of the confidence model; None without a candidate."""


@dataclass(frozen=True)
class Table:
    """A field's candidates in one document."""

    field: str
    example: Example
    candidates: list[Candidate]
    targets: list[float]
    """Of each candidate 1 where it is in the right place, else 0."""
    ruled: str | None
    """What the rules would choose."""

    @classmethod
    def of(cls, field: str, example: Example, roles: RolesOfRows, name: Run | None) -> "Table":
        """`name` is what was taken for the vendor's."""
        facts = example.facts
        if field == "total":
            candidates, ruled = [candidate for candidate, _ in facts.totals(roles)], facts.ruled_total
        elif field == "document_date":
            candidates, ruled = [candidate for candidate, _ in facts.dates()], None
        elif field == "vendor_name":
            candidates, ruled = facts.names(roles), facts.ruled_name
        else:
            candidates, ruled = facts.addresses(roles, name), facts.ruled_address
        return cls(field, example, candidates, [target(field, c.value, example) for c in candidates], ruled)

    @property
    def is_labelled(self) -> bool:
        labels = self.example.document.fields
        return bool(labels.get(self.field) or labels.get(f"{self.field}_raw"))

    def choose(self, scorer: Scorer) -> Chosen:
        best, features = None, None
        if self.candidates:
            scores = scorer(self.candidates)
            number = max(range(len(scores)), key=scores.__getitem__)
            best = self.candidates[number]
            others = (s for s, c in zip(scores, self.candidates, strict=True) if c.value != best.value)
            features = confidence_features(best, scores[number], max(others, default=0.0), self.ruled)
        return Chosen(
            example=self.example,
            field=self.field,
            candidate=best,
            is_right=best is not None and self._is_right(best),
            is_reachable=any(self._is_right(candidate) for candidate in self.candidates),
            features=features,
        )

    def _is_right(self, candidate: Candidate) -> bool:
        return bool(is_right(self.field, candidate.value, self.example.document.fields))
