"""Doubts about single values, whatever the document's kind: reasons for a person to look at them."""

from collections.abc import Iterator

from ocr_pipeline.documents.model import Field, Record, ReviewReason
from ocr_pipeline.kinds.kind import DocumentKind
from ocr_pipeline.kinds.plausible import plausible
from ocr_pipeline.kinds.registry import field_type
from ocr_pipeline.kinds.wording import in_words


def doubts(record: Record, kind: DocumentKind, review_confidence: float) -> list[ReviewReason]:
    """`review_confidence` (0 to 1) is the confidence below which a field is in doubt.

    The cells of line items are held by their sum, not by their confidence.
    """
    return [
        *_unsupported(record),
        *_disputed(record),
        *_implausible(record, kind),
        *_not_on_page(record),
        *_unsure(record, review_confidence),
        *_not_asked(record),
    ]


def _unsupported(record: Record) -> Iterator[ReviewReason]:
    for name, value in record.unsupported.items():
        message = f"{value!r} was given as the {in_words(name)}, but stands nowhere on the document."
        yield ReviewReason(code="unsupported", message=message, field=name)


def _disputed(record: Record) -> Iterator[ReviewReason]:
    for name, value in record.disputed.items():
        field = record.fields.get(name)
        taken = f"was read as {field.value!r}" if field else "was not found"
        message = f"The {in_words(name)} {taken}; a second reader says {value!r}."
        yield ReviewReason(code="disputed", message=message, field=name)


def _implausible(record: Record, kind: DocumentKind) -> Iterator[ReviewReason]:
    for name, field in record.fields.items():
        if not plausible(field, field_type(name, kind)):
            message = f"The {in_words(name)} reads {field.value!r}, which cannot be right."
            yield ReviewReason(code="implausible", message=message, field=name)


def _not_on_page(record: Record) -> Iterator[ReviewReason]:
    for name, field in record.fields.items():
        if _is_only_attached(field):
            message = f"The {in_words(name)} {field.value!r} stands in {field.evidence.attachment}, but on no page."
            yield ReviewReason(code="not_on_page", message=message, field=name)


def _not_asked(record: Record) -> Iterator[ReviewReason]:
    """What was expected of a language model and did not come."""
    if record.model is not None and record.engine.startswith("cpu-"):
        message = f"{record.model} gave no answer that could be used; these are the CPU engine's values."
        yield ReviewReason(code="no_model_answer", message=message)
    _, _, omitted = (record.prompt or "").partition(", ")
    if omitted:
        message = f"The document is too long for the language model, which was asked {omitted}."
        yield ReviewReason(code="too_long_for_model", message=message)


def _is_only_attached(field: Field) -> bool:
    return field.evidence.attachment is not None and field.evidence.page is None


def _unsure(record: Record, review_confidence: float) -> Iterator[ReviewReason]:
    for name, field in record.fields.items():
        if field.confidence < review_confidence:
            message = f"The {in_words(name)} {field.value!r} is uncertain ({field.confidence:.0%})."
            yield ReviewReason(code="low_confidence", message=message, field=name)
