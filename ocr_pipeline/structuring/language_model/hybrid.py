"""Two readers of one document compared field by field: who agrees is believed, who does not is looked at.

The confidences are set by hand, since there are no answers of a trained model here to calibrate them on. What they
keep is the order: agreed, said by one alone, disputed; the last two are below the default threshold of review.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ocr_pipeline.documents.model import Field, LineItem, Record
from ocr_pipeline.kinds.kind import DocumentKind, FieldType
from ocr_pipeline.structuring.language_model.grounded import Grounded
from ocr_pipeline.structuring.language_model.schema import LINE_ITEMS

_AGREED = 0.5
"""What is left of the doubt in a value that both have. The model was told of it, so they do not err independently."""
_DISPUTED = 0.4
"""Most confidence in a value where the other reader has another one."""
_UNSEEN = 0.8
"""What is left of the CPU engine's confidence in a value that the model was shown and did not repeat."""

_SPELLED = frozenset({FieldType.TEXT, FieldType.ADDRESS, FieldType.CODE})
"""Types whose values are the same where letters and digits are."""


@dataclass(frozen=True)
class Compared:
    """As in `Record`. `disputed` has the CPU engine's values: where both have one, the model's is taken."""

    fields: dict[str, Field]
    line_items: tuple[LineItem, ...]
    disputed: dict[str, str]


def compare(model: Grounded, cpu: Record, kind: DocumentKind) -> Compared:
    fields: dict[str, Field] = {}
    disputed: dict[str, str] = {}
    for spec in kind.fields:
        said, other = model.fields.get(spec.name), cpu.fields.get(spec.name)
        if said and other:
            if _same(said.value, other.value, spec.type):
                fields[spec.name] = _agreed(said, other)
            else:
                fields[spec.name] = _at_most(said, _DISPUTED)
                disputed[spec.name] = other.value
        elif said:
            fields[spec.name] = said
        elif other:
            fields[spec.name] = _lowered(other)
    items, theirs = _items(model.line_items, cpu.line_items)
    return Compared(fields, items, disputed | ({LINE_ITEMS: theirs} if theirs is not None else {}))


def _items(model: tuple[LineItem, ...], cpu: tuple[LineItem, ...]) -> tuple[tuple[LineItem, ...], str | None]:
    """The line items, and the CPU engine's amounts where they are others."""
    if not model or not cpu:
        return model or tuple(_each(item, _lowered) for item in cpu), None
    if _amounts(model) == _amounts(cpu):
        raised = tuple(
            item.model_copy(update={"amount": _agreed(item.amount, other.amount)})
            if item.amount and other.amount
            else item
            for item, other in zip(model, cpu, strict=True)
        )
        return raised, None
    return tuple(_each(item, _dispute) for item in model), ", ".join(amount or "-" for amount in _amounts(cpu))


def _amounts(items: tuple[LineItem, ...]) -> list[str | None]:
    return [item.amount.value if item.amount else None for item in items]


def _each(item: LineItem, change: Callable[[Field], Field]) -> LineItem:
    parts = {name: change(part) for name in LineItem.model_fields if (part := getattr(item, name)) is not None}
    return item.model_copy(update=parts)


def _same(one: str, other: str, type_: FieldType) -> bool:
    return one == other or (type_ in _SPELLED and _letters(one) == _letters(other))


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _agreed(said: Field, other: Field) -> Field:
    """The CPU engine's, which has the words as they are printed."""
    doubt = 1 - max(said.confidence, other.confidence)
    return other.model_copy(update={"confidence": round(1 - doubt * _AGREED, 4)})


def _at_most(field: Field, most: float) -> Field:
    return field.model_copy(update={"confidence": min(field.confidence, most)})


def _dispute(field: Field) -> Field:
    return _at_most(field, _DISPUTED)


def _lowered(field: Field) -> Field:
    return field.model_copy(update={"confidence": round(field.confidence * _UNSEEN, 4)})
