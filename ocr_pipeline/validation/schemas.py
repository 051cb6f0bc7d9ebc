"""The two tables, documents and line items, as Pandera schemas, and verdicts as rows of them.

Amounts are ``Decimal``, dates ``datetime.date``, absent values ``None``, the fields of a user's own kinds a ``dict``
of texts. Rows that a schema turns down belong in quarantine, with what `check` says about them; all others are as good
as the schemas promise. What is of its type and yet cannot be right (a receipt of 1808) is for the verdict to tell.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors
from pandera.typing.pandas import Series

from ocr_pipeline.documents.model import Field, State, Verdict
from ocr_pipeline.kinds.plausible import currencies, plausible_amount
from ocr_pipeline.kinds.values import amount_of, date_of

_TEXTS = ("vendor_name", "vendor_address", "vendor_tax_id", "iban", "invoice_number", "currency")
_OTHER_TEXTS = ("document_id", "kind", "duplicate_of")
_DATES = ("document_date", "due_date")
_AMOUNTS = ("subtotal", "tax", "rounding", "total", "cash", "change")
FIELDS = (*_TEXTS, *_DATES, *_AMOUNTS)
"""Columns of `Documents` that hold the record's fields of the same names."""
_NUMBERS: dict[str, np.dtype[Any]] = {"confidence": np.dtype("float64"), "position": np.dtype("int64")}
_FINAL = [State.ACCEPTED.value, State.NEEDS_REVIEW.value]


class _Table(pa.DataFrameModel):
    class Config:
        strict = True
        ordered = True


def _is_text(value: object) -> bool:
    """Checked as a value, as amounts and dates are: for one row Pandera takes four times as long with a text type."""
    return isinstance(value, str) and value != ""


def _value(description: str) -> Any:
    return pa.Field(nullable=True, description=description)


class Documents(_Table):
    """One row a document."""

    document_id: Series[object] = pa.Field(unique=True, description="Id in the ledger")
    kind: Series[object] = pa.Field(description="receipt, invoice, form or a kind of yours")
    vendor_name: Series[object] = _value("Who issued the document")
    vendor_address: Series[object] = _value("Lines joined by commas")
    vendor_tax_id: Series[object] = _value("VAT, GST or SST number of who issued it")
    iban: Series[object] = _value("Account to be paid to")
    invoice_number: Series[object] = _value("Number of the invoice or receipt")
    document_date: Series[object] = _value("Date of issue")
    due_date: Series[object] = _value("Last day to pay")
    currency: Series[object] = _value("ISO 4217 code")
    subtotal: Series[object] = _value("Sum before tax")
    tax: Series[object] = _value("Sum of all taxes")
    rounding: Series[object] = _value("What rounding added to the total")
    total: Series[object] = _value("Amount to pay, tax and rounding included")
    cash: Series[object] = _value("What was handed over")
    change: Series[object] = _value("What was given back")
    extra: Series[object] = pa.Field(description="Fields of a kind of yours, as texts by name")
    confidence: Series[float] = pa.Field(ge=0, le=1, description="Of the least sure field, 0 to 1")
    state: Series[object] = pa.Field(isin=_FINAL, description="accepted or needs_review")
    duplicate_of: Series[object] = _value("Id of the earliest document that says the same")

    @pa.check(f"^({'|'.join(_TEXTS + _OTHER_TEXTS)})$", regex=True, element_wise=True, name="a text")
    def _texts(cls, value: object) -> bool:  # noqa: N805 (Pandera makes it a class method)
        return _is_text(value)

    @pa.check(f"^({'|'.join(_DATES)})$", regex=True, element_wise=True, name="a date")
    def _dated(cls, value: object) -> bool:  # noqa: N805
        return type(value) is date

    @pa.check("currency", element_wise=True, name="an ISO 4217 code")
    def _known_currency(cls, value: object) -> bool:  # noqa: N805
        return value in currencies()

    @pa.check(f"^({'|'.join(_AMOUNTS)})$", regex=True, element_wise=True, name="a decimal amount")
    def _amounts(cls, value: object) -> bool:  # noqa: N805
        return isinstance(value, Decimal) and plausible_amount(value)

    @pa.check("extra", element_wise=True, name="texts by name")
    def _texts_by_name(cls, value: object) -> bool:  # noqa: N805
        return isinstance(value, dict) and all(isinstance(part, str) for pair in value.items() for part in pair)


class LineItems(_Table):
    """One row a line item; `position` counts from 1 within its document."""

    document_id: Series[object] = pa.Field(description="Id in the ledger")
    position: Series[int] = pa.Field(ge=1, description="Counts from 1 within the document")
    description: Series[object] = pa.Field(description="Goods or service")
    quantity: Series[object] = pa.Field(nullable=True, description="How many")
    unit_price: Series[object] = pa.Field(nullable=True, description="Price of one")
    amount: Series[object] = pa.Field(nullable=True, description="Price of all")

    class Config:
        unique = ["document_id", "position"]  # noqa: RUF012 (Pandera's own way to say it)

    @pa.check("^(document_id|description)$", regex=True, element_wise=True, name="a text")
    def _texts(cls, value: object) -> bool:  # noqa: N805
        return _is_text(value)

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
    for name in _NUMBERS.keys() & frame.columns:
        frame[name] = frame[name].astype(_NUMBERS[name])
    return frame


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The frame's rows, by column name."""
    return [{str(column): value for column, value in row.items()} for row in frame.to_dict("records")]


def _document_row(document_id: str, verdict: Verdict) -> dict[str, Any]:
    fields = verdict.record.fields
    return {
        **{name: fields[name].value if name in fields else None for name in _TEXTS},
        **{name: _day(fields.get(name)) for name in _DATES},
        **{name: _amount(fields.get(name)) for name in _AMOUNTS},
        "document_id": document_id,
        "kind": verdict.record.kind,
        "extra": {name: field.value for name, field in fields.items() if name not in FIELDS},
        "confidence": verdict.confidence,
        "state": verdict.state.value,
        "duplicate_of": verdict.duplicate_of,
    }


def _day(field: Field | None) -> date | str | None:
    if field is None:
        return None
    return date_of(field) or field.value


def _amount(field: Field | None) -> Decimal | str | None:
    if field is None:
        return None
    value = amount_of(field)
    return field.value if value is None else value
