"""The labelled fields of a document, and whether its record has them right."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ocr_pipeline.documents.model import Field, Record
from ocr_pipeline.evaluation.score import is_right, labelled


@dataclass(frozen=True)
class LabelledField:
    """`value` is None, and `confidence` 0, where the record lacks it."""

    name: str
    answer: str
    value: str | None
    confidence: float
    is_right: bool
    """As `ocr_pipeline.evaluation.score` compares normalised values."""


def labelled_fields(record: Record | None, labels: Mapping[str, Any]) -> list[LabelledField]:
    """`labels` are the ``fields`` of a document's truth; no record lacks all of them."""
    found = record.fields if record else {}
    return [_labelled_field(name, answers[0], found.get(name), labels) for name, answers in labelled(labels).items()]


def precision(fields: Iterable[LabelledField]) -> float | None:
    """Share of the values given that are right; None where none is given."""
    right = [field.is_right for field in fields if field.value is not None]
    return sum(right) / len(right) if right else None


def recall(fields: Iterable[LabelledField]) -> float | None:
    """Share of the labelled fields that are given, and right; None where none is labelled."""
    right = [field.is_right for field in fields]
    return sum(right) / len(right) if right else None


def claims(fields: Iterable[LabelledField]) -> list[tuple[float, bool]]:
    """Of each value given its confidence, and whether it is right."""
    return [(field.confidence, field.is_right) for field in fields if field.value is not None]


def _labelled_field(name: str, answer: str, field: Field | None, labels: Mapping[str, Any]) -> LabelledField:
    if field is None:
        return LabelledField(name, answer, None, 0.0, is_right=False)
    return LabelledField(name, answer, field.value, field.confidence, bool(is_right(name, field.value, labels)))
