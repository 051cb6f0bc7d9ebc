"""What a machine-readable invoice says, whatever its syntax."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """`value` as in `Record.fields`."""

    value: str
    words: tuple[str, ...]
    """As written in the XML."""
    element: str
    """Name of the element that holds it."""
    computation: str | None = None
    """How it follows from `words`, where the XML does not give it itself."""


@dataclass(frozen=True)
class Item:
    """One line of the invoice, or an allowance (negative) or charge on the whole of it."""

    description: Value
    quantity: Value | None = None
    unit_price: Value | None = None
    amount: Value | None = None


@dataclass(frozen=True)
class XmlInvoice:
    fields: dict[str, Value]
    """By the names that `ocr_pipeline.kinds` gives them; beside those ``type_code``, of UN/CEFACT's list 1001."""
    items: tuple[Item, ...]
