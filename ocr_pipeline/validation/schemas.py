"""The two tables, documents and line items, as Pandera schemas, and verdicts as rows of them.

Amounts are ``Decimal``, dates ``datetime.date``, absent values ``None``. Rows that a schema turns down belong in
quarantine, with what `check` says about them; all others are as good as the schemas promise.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors
from pandera.typing.pandas import Series

from ocr_pipeline.documents.model import Field, State, Verdict
from ocr_pipeline.validation.plausible import currencies, plausible_amount, plausible_date
from ocr_pipeline.validation.values import amount_of, date_of

_FINAL = [State.ACCEPTED.value, State.NEEDS_REVIEW.value]


class _Table(pa.DataFrameModel):
    class Config:
        strict = True
        ordered = True


class Documents(_Table):
    """One row a document."""

    document_id: Series[str] = pa.Field(unique=True, str_length={"min_value": 1}, description="Id in the ledger")
    vendor_name: Series[str] = pa.Field(
        nullable=True, str_length={"min_value": 1}, description="Who issued the document"
    )
    vendor_address: Series[str] = pa.Field(
        nullable=True, str_length={"min_value": 1}, description="Lines joined by commas"
    )
    document_date: Series[object] = pa.Field(nullable=True, description="Date of issue")
    invoice_number: Series[str] = pa.Field(
        nullable=True, str_length={"min_value": 1}, description="Number of the invoice or receipt"
    )
    currency: Series[str] = pa.Field(nullable=True, description="ISO 4217 code")
    subtotal: Series[object] = pa.Field(nullable=True, description="Sum before tax")
    tax: Series[object] = pa.Field(nullable=True, description="Sum of all taxes")
    total: Series[object] = pa.Field(nullable=True, description="Amount to pay, tax included")
    confidence: Series[float] = pa.Field(ge=0, le=1, description="Of the weakest key field, 0 to 1")
    state: Series[str] = pa.Field(isin=_FINAL, description="accepted or needs_review")

    @pa.check("document_date", element_wise=True, name="a date from 1900 to a year ahead")
    def _dated(cls, value: object) -> bool:  # noqa: N805 (Pandera makes it a class method)
        return type(value) is date and plausible_date(value)

    @pa.check("currency", element_wise=True, name="an ISO 4217 code")
    def _known_currency(cls, value: object) -> bool:  # noqa: N805
        return value in currencies()

    @pa.check("^(subtotal|tax|total)$", regex=True, element_wise=True, name="a decimal amount")
    def _amounts(cls, value: object) -> bool:  # noqa: N805
        return isinstance(value, Decimal) and plausible_amount(value)


class LineItems(_Table):
    """One row a line item; `position` counts from 1 within its document."""

    document_id: Series[str] = pa.Field(str_length={"min_value": 1}, description="Id in the ledger")
    position: Series[int] = pa.Field(ge=1, description="Counts from 1 within the document")
    description: Series[str] = pa.Field(str_length={"min_value": 1}, description="Goods or service")
    quantity: Series[object] = pa.Field(nullable=True, description="How many")
    unit_price: Series[object] = pa.Field(nullable=True, description="Price of one")
    amount: Series[object] = pa.Field(nullable=True, description="Price of all")

    class Config:
        unique = ["document_id", "position"]  # noqa: RUF012 (Pandera's own way to say it)

    @pa.check("^(quantity|unit_price|amount)$", regex=True, element_wise=True, name="a decimal number")
    def _numbers(cls, value: object) -> bool:  # noqa: N805
        return isinstance(value, Decimal) and plausible_amount(value)


def documents_frame(verdicts: Mapping[str, Verdict]) -> pd.DataFrame:
    """One row for each verdict, by document id. A value that cannot be read as its type is left as the text it is."""
    rows = [_document_row(document_id, verdict) for document_id, verdict in verdicts.items()]
    return frame_of(rows, Documents)


def line_items_frame(verdicts: Mapping[str, Verdict]) -> pd.DataFrame:
    """One row for each line item of all verdicts, by document id."""
    rows = [
        {
            "document_id": document_id,
            "position": position,
            "description": item.description.value,
            "quantity": _amount(item.quantity),
            "unit_price": _amount(item.unit_price),
            "amount": _amount(item.amount),
        }
        for document_id, verdict in verdicts.items()
        for position, item in enumerate(verdict.record.line_items, 1)
    ]
    return frame_of(rows, LineItems)


def check(frame: pd.DataFrame, schema: type[Documents] | type[LineItems]) -> dict[str, list[str]]:
    """What is wrong with which documents: reasons by document id, none for those that are right.

    Raises pandera.errors.SchemaErrors where the table itself is not the schema's (a column too few or too many).
    """
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        if cases["index"].isna().any():
            raise
        failures: dict[str, list[str]] = {}
        for row, column, expected, value in zip(
            cases["index"], cases["column"], cases["check"], cases["failure_case"], strict=True
        ):
            document_id = str(frame.loc[row, "document_id"])
            reason = f"{column}: {value!r} fails {expected}"
            if reason not in failures.setdefault(document_id, []):
                failures[document_id].append(reason)
        return failures
    return {}


def frame_of(rows: list[dict[str, Any]], schema: type[Documents] | type[LineItems]) -> pd.DataFrame:
    """A frame with the schema's columns out of rows that may hold more than those."""
    columns = list(schema.to_schema().columns)
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    numbers = {"confidence": "float64", "position": "int64"}
    return frame.astype({name: kind for name, kind in numbers.items() if name in columns})


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The frame's rows, by column name."""
    return [{str(column): value for column, value in row.items()} for row in frame.to_dict("records")]


def _document_row(document_id: str, verdict: Verdict) -> dict[str, Any]:
    fields = verdict.record.fields
    texts = {
        name: fields[name].value if name in fields else None
        for name in ("vendor_name", "vendor_address", "invoice_number", "currency")
    }
    amounts = {name: _amount(fields.get(name)) for name in ("subtotal", "tax", "total")}
    day = fields.get("document_date")
    return (
        texts
        | amounts
        | {
            "document_id": document_id,
            "document_date": (date_of(day) or day.value) if day else None,
            "confidence": verdict.confidence,
            "state": verdict.state.value,
        }
    )


def _amount(field: Field | None) -> Decimal | str | None:
    if field is None:
        return None
    value = amount_of(field)
    return field.value if value is None else value
