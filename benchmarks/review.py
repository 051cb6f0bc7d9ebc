"""What the review threshold trades: the share of documents that go through against how right these are."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.field_documents import Judged, Structured, judged
from ocr_pipeline.documents.model import State
from ocr_pipeline.evaluation.labelled_fields import precision
from ocr_pipeline.evaluation.review import reasons_of, state_of
from ocr_pipeline.settings import Settings


@dataclass(frozen=True)
class Point:
    """`precision` is that of accepted documents' labelled fields, None where none is accepted."""

    threshold: float
    accepted: float
    """Share of the documents."""
    precision: float | None


def review_curve(documents: Sequence[Structured], settings: Settings, thresholds: Sequence[float]) -> list[Point]:
    """What would be accepted with each of `thresholds` for ``Settings.review_confidence``. At least one document."""
    points = []
    for threshold in thresholds:
        at = settings.model_copy(update={"review_confidence": threshold})
        accepted = [one for one in (judged(document, at) for document in documents) if is_accepted(one)]
        fields = [field for one in accepted for field in one.fields]
        points.append(Point(threshold, len(accepted) / len(documents), precision(fields)))
    return points


def is_accepted(document: Judged) -> bool:
    return state_of(document.result) is State.ACCEPTED


def wrong_though_accepted(documents: Sequence[Judged]) -> list[str]:
    """A line for each value that went through and is not what the labels say."""
    return [
        f"{document.id} {field.name} ({field.confidence:.2f}): {field.value!r} for {field.answer!r}"
        for document in documents
        if is_accepted(document)
        for field in document.fields
        if field.value is not None and not field.is_right
    ]


def right_though_reviewed(documents: Sequence[Judged]) -> list[str]:
    """A line for each document that has labelled fields, all of them right, and goes to a person or is rejected."""
    return [
        f"{document.id}: {', '.join(reasons_of(document.result))}"
        for document in documents
        if document.fields and all(field.is_right for field in document.fields) and not is_accepted(document)
    ]
