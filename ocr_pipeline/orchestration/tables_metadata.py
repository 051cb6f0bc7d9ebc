"""The tables of a batch as Dagster's UI shows them: preview, counts, the Pandera schema, where columns come from."""

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from dagster import (
    AssetKey,
    BetaWarning,
    MarkdownMetadataValue,
    MetadataValue,
    TableColumnDep,
    TableColumnLineage,
    TableRecord,
    TableSchema,
)
from dagster_pandera import pandera_schema_to_dagster_type

from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.storage.tables import Row, WrittenRows
from ocr_pipeline.validation.schemas import FIELDS, Documents, LineItems

_PREVIEW_ROWS = 20
_PREVIEW = ["kind", "vendor_name", "document_date", "invoice_number", "currency", "total", "confidence", "state"]


def table_metadata(written: WrittenRows, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """`written` is what stands in Postgres for the batch, `outcomes` what its users get."""
    schemas = _column_schemas()
    reasons = [code for outcome in outcomes for code in {reason.code for reason in outcome.reasons}]
    return {
        "documents": len(outcomes),
        **Counter(outcome.state.value for outcome in outcomes),
        "rows": len(written.documents),
        "line items": len(written.line_items),
        "quarantined": len(written.quarantined),
        "seconds": round(sum(outcome.seconds.get("validated_tables", 0.0) for outcome in outcomes), 3),
        "kinds": _counts("kind", (outcome.kind for outcome in outcomes if outcome.kind)),
        "reasons": _counts("reason", reasons),
        "dagster/partition_row_count": len(written.documents),
        "dagster/column_schema": schemas["documents"],
        "dagster/column_lineage": _column_lineage(),
        "line item columns": MetadataValue.table_schema(schemas["line_items"]),
        **({"preview": MetadataValue.table(_records(written.documents))} if written.documents else {}),
    }


def _counts(what: str, values: Iterable[str]) -> MarkdownMetadataValue:
    rows = [f"| `{value}` | {count} |" for value, count in Counter(values).most_common()]
    return MetadataValue.md("\n".join([f"| {what} | documents |", "|---|---|", *rows]))


@lru_cache(maxsize=1)
def _column_schemas() -> dict[str, TableSchema]:
    schemas = {}
    for name, model in {"documents": Documents, "line_items": LineItems}.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", BetaWarning)  # dagster-pandera as a whole is marked as beta
            described = pandera_schema_to_dagster_type(model).metadata["schema"].value
        if isinstance(described, TableSchema):
            schemas[name] = described
    return schemas


@lru_cache(maxsize=1)
def _column_lineage() -> TableColumnLineage:
    """Of the columns that come from the record as it is; others are worked out from all of it."""
    record = AssetKey("structured_records")
    return TableColumnLineage({name: [TableColumnDep(record, name)] for name in ("kind", *FIELDS)})


def _records(rows: Sequence[Row]) -> list[TableRecord]:
    return [TableRecord({name: _text(row.get(name)) for name in _PREVIEW}) for row in rows[:_PREVIEW_ROWS]]


def _text(value: object) -> str:
    return "" if value is None else str(value)
