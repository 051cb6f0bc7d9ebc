"""A model's answer as fields that the document bears out; what it does not bear out is kept apart."""

from dataclasses import dataclass, field

from ocr_pipeline.documents.model import DocumentText, Field, LineItem
from ocr_pipeline.kinds.kind import DocumentKind, FieldType
from ocr_pipeline.structuring.grounding.locate import WordIndex
from ocr_pipeline.structuring.language_model.answer import Answer, Cited
from ocr_pipeline.structuring.language_model.schema import ITEM_PARTS, LINE_ITEMS
from ocr_pipeline.structuring.language_model.values import in_record_form, quantity_in_record_form

_CONFIDENCE = 0.7
"""In a value that the document shows and that nobody else has looked for."""


@dataclass(frozen=True)
class Grounded:
    """As in `Record`. Line items that the document does not show come, in `unsupported`, after those that it does."""

    fields: dict[str, Field]
    line_items: tuple[LineItem, ...]
    unsupported: dict[str, str] = field(default_factory=dict)


def grounded(answer: Answer, text: DocumentText, kind: DocumentKind) -> Grounded:
    """Every value with the words that give it; the lines that the model cites are tried first."""
    index, line_count = WordIndex(text), len(text.lines)

    def found(cited: Cited, type_: FieldType, form: str | None) -> Field | None:
        lines = [line for line in cited.lines if line < line_count]
        located = index.locate(form, type_, lines) if form else None
        if form is None or located is None:
            return None
        return Field(
            value=form,
            confidence=round(_CONFIDENCE * located.score, 4),
            evidence=located.evidence,
            support=located.support,
        )

    fields: dict[str, Field] = {}
    unsupported: dict[str, str] = {}
    for spec in kind.fields:
        if cited := answer.fields.get(spec.name):
            if value := found(cited, spec.type, in_record_form(cited.value, spec.type)):
                fields[spec.name] = value
            else:
                unsupported[spec.name] = cited.value
    items: list[LineItem] = []
    refused: list[dict[str, Cited]] = []
    for item in answer.items:
        parts = {name: found(cited, ITEM_PARTS[name], _part(name, cited.value)) for name, cited in item.items()}
        description = parts.pop("description")
        if description is None:
            refused.append(item)
            continue
        lacking = {name: item[name] for name, part in parts.items() if part is None}
        unsupported |= _paths(len(items), lacking)
        items.append(LineItem(description=description, **parts))
    for number, item in enumerate(refused, len(items)):
        unsupported |= _paths(number, item)
    return Grounded(fields, tuple(items), unsupported)


def _part(name: str, value: str) -> str | None:
    return quantity_in_record_form(value) if name == "quantity" else in_record_form(value, ITEM_PARTS[name])


def _paths(number: int, parts: dict[str, Cited]) -> dict[str, str]:
    return {f"{LINE_ITEMS}[{number}].{name}": cited.value for name, cited in parts.items()}
