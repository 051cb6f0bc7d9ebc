"""Records as an engine might have made them, in one line each."""

from ocr_pipeline.documents.model import Box, Evidence, Field, LineItem, Record


def field(value: str, confidence: float = 0.9) -> Field:
    return Field(
        value=value, confidence=confidence, evidence=Evidence(page=1, box=Box(0, 0, 10, 10), words=(value or "-",))
    )


def item(amount: str | None, description: str = "Pen", **parts: str) -> LineItem:
    return LineItem(
        description=field(description),
        amount=None if amount is None else field(amount),
        **{name: field(value) for name, value in parts.items()},
    )


def record(*items: LineItem, **values: str | Field) -> Record:
    fields: dict[str, Field] = {
        name: field(value) if isinstance(value, str) else value for name, value in values.items()
    }
    return Record(engine="test-1", kind="receipt", fields=fields, line_items=items)


def complete(**changes: str | Field) -> Record:
    """A record with nothing to complain about, but for `changes`."""
    values: dict[str, str | Field] = {
        "vendor_name": "Oak Bakery Ltd",
        "document_date": "2018-04-05",
        "currency": "EUR",
        "subtotal": "10.00",
        "tax": "1.90",
        "total": "11.90",
    }
    return record(**{**values, **changes})
