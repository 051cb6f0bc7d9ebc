from datetime import date
from decimal import Decimal
from typing import Any

from dagster import AssetKey, TableColumnDep, TableColumnLineage, TableRecord, TableSchema

from ocr_pipeline.documents.model import ReviewReason, State
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.orchestration.tables_metadata import table_metadata
from ocr_pipeline.storage.tables import WrittenRows

ROW: dict[str, Any] = {
    "document_id": "1",
    "kind": "receipt",
    "vendor_name": "Old Quay Tea Rooms Ltd",
    "invoice_number": None,
    "document_date": date(2026, 3, 12),
    "currency": "GBP",
    "total": Decimal("12.00"),
    "extra": {},
    "confidence": 0.9,
    "state": "accepted",
}


def reasons(*codes: str) -> tuple[ReviewReason, ...]:
    return tuple(ReviewReason(code=code, message="-") for code in codes)


OUTCOMES = [
    Outcome(id="1", file="1", state=State.ACCEPTED, kind="receipt"),
    Outcome(id="2", file="2", state=State.NEEDS_REVIEW, kind="receipt", reasons=reasons("missing", "missing")),
    Outcome(id="3", file="3", state=State.NEEDS_REVIEW, kind="form", reasons=reasons("missing", "duplicate")),
    Outcome(id="4", file="4", state=State.REJECTED),
]


def test_the_ui_shows_states_kinds_and_reasons() -> None:
    shown = table_metadata(WrittenRows([ROW], [], ["2", "3", "4"]), OUTCOMES)

    assert {name: shown[name] for name in ("documents", "accepted", "needs_review", "rejected", "rows")} == {
        "documents": 4,
        "accepted": 1,
        "needs_review": 2,
        "rejected": 1,
        "rows": 1,
    }
    assert shown["dagster/partition_row_count"] == 1
    assert shown["kinds"].value == "| kind | documents |\n|---|---|\n| `receipt` | 2 |\n| `form` | 1 |"
    assert shown["reasons"].value == "| reason | documents |\n|---|---|\n| `missing` | 2 |\n| `duplicate` | 1 |"
    (record,) = shown["preview"].records
    assert isinstance(record, TableRecord)
    assert (record.data["kind"], record.data["total"], record.data["invoice_number"]) == ("receipt", "12.00", "")


def test_the_ui_shows_the_columns_of_both_tables() -> None:
    shown = table_metadata(WrittenRows([], [], []), [])

    assert isinstance(shown["dagster/column_schema"], TableSchema)
    columns = {column.name: column.description for column in shown["dagster/column_schema"].columns}
    assert columns["due_date"] == "Last day to pay"
    assert {"kind", "iban", "extra", "duplicate_of"} <= columns.keys()
    items = shown["line item columns"]
    assert {"position", "unit_price"} <= {column.name for column in items.schema.columns}
    assert "preview" not in shown


def test_the_ui_shows_where_a_column_comes_from() -> None:
    shown = table_metadata(WrittenRows([], [], []), [])

    lineage = shown["dagster/column_lineage"]
    assert isinstance(lineage, TableColumnLineage)
    assert lineage.deps_by_column["total"] == [TableColumnDep(AssetKey("structured_records"), "total")]
    schema = shown["dagster/column_schema"]
    assert lineage.deps_by_column.keys() <= {column.name for column in schema.columns}
    assert not {"document_id", "state", "duplicate_of"} & lineage.deps_by_column.keys()
