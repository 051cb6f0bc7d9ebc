"""A batch's outcomes as tables for spreadsheets: CSV as RFC 4180 has it, in UTF-8."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.kinds.kind import DocumentKind

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a formula may begin with; the last four are the wide forms of the first."""
_ITEM_COLUMNS = ("id", "file", "position", "description", "quantity", "unit_price", "amount")


def documents_csv(pages: Iterable[Sequence[Outcome]], kinds: Iterable[DocumentKind]) -> Iterator[str]:
    """A row a document, a column for each field of any of the kinds: all batches have the same columns."""
    fields = list(dict.fromkeys(spec.name for kind in kinds for spec in kind.fields))
    header = ["id", "file", "state", "error", "kind", "confidence", *fields, "reasons", "duplicate_of", "expires_at"]
    yield _lines([header])
    for page in pages:
        yield _lines(
            [
                outcome.id,
                outcome.file,
                outcome.state,
                outcome.error and outcome.error.code,
                outcome.kind,
                outcome.confidence,
                *(outcome.fields.get(field) for field in fields),
                " ".join(
                    f"{reason.code}:{reason.field}" if reason.field else reason.code for reason in outcome.reasons
                ),
                outcome.duplicate_of,
                outcome.expires_at and outcome.expires_at.isoformat(),
            ]
            for outcome in page
        )


def items_csv(pages: Iterable[Sequence[Outcome]]) -> Iterator[str]:
    """A row a line item; `position` counts from 1 within its document. A document without line items has no row."""
    yield _lines([_ITEM_COLUMNS])
    for page in pages:
        yield _lines(
            [outcome.id, outcome.file, position, item.description, item.quantity, item.unit_price, item.amount]
            for outcome in page
            for position, item in enumerate(outcome.line_items, 1)
        )


def cell(value: object) -> str:
    """The value as a text that no spreadsheet takes for a formula; numbers, also negative ones, stay as they are."""
    text = "" if value is None else str(value)
    if text.lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _lines(rows: Iterable[Iterable[object]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([cell(value) for value in row] for row in rows)
    return buffer.getvalue()
