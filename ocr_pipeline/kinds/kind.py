"""What a kind of document is: one object, to be extended by whoever has a new kind."""

from dataclasses import dataclass, field
from enum import StrEnum

from ocr_pipeline.kinds.rules import Rule


class FieldType(StrEnum):
    """What a field's value is, and so how it is read, compared and written in a record."""

    TEXT = "text"
    """Words as printed."""
    ADDRESS = "address"
    """Lines joined by commas."""
    DATE = "date"
    """ISO 8601."""
    AMOUNT = "amount"
    """A decimal string with a point, no grouping and no currency."""
    CURRENCY = "currency"
    """An ISO 4217 code."""
    CODE = "code"
    """A number or sign that names something: of an invoice, a contract, an account, a tax payer."""


@dataclass(frozen=True)
class FieldSpec:
    """A field that documents of a kind have."""

    name: str
    type: FieldType
    meaning: str
    """One sentence, read by people and by language models."""
    labels: tuple[str, ...] = ()
    """Words that are printed beside or above the value. The CPU engine finds a field by them where it has learned no
    better way."""


@dataclass(frozen=True)
class DocumentKind:
    """A kind of document. The settings name further ones beside those that are shipped (``OCR_DOCUMENT_KINDS``)."""

    name: str
    fields: tuple[FieldSpec, ...]
    signs: tuple[str, ...] = ()
    """Words, in lower case, that documents of this kind bear and others do not. None for a kind of last resort."""
    has_line_items: bool = False
    rules: tuple[Rule, ...] = field(default=())
    """What must hold for a record of this kind to be accepted."""
    prompt_notes: str = ""
    """What a language model should know about documents of this kind beside the fields' meanings."""

    def field(self, name: str) -> FieldSpec | None:
        return next((spec for spec in self.fields if spec.name == name), None)
