"""The tables of a batch as Dagster's UI shows them: a preview, counts and the Pandera schema."""

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
from dagster import BetaWarning, MarkdownMetadataValue, MetadataValue, TableRecord, TableSchema
from dagster_pandera import pandera_schema_to_dagster_type

from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.storage.tables import WrittenRows
from ocr_pipeline.validation.schemas import Documents, LineItems, frame_of

_PREVIEW_ROWS = 20
_PREVIEW = ["kind", "vendor_name", "document_date", "invoice_number", "currency", "total", "confidence", "state"]


def table_metadata(written: WrittenRows, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """`written` is what stands in Postgres for the batch, `outcomes` what its users get."""
    schemas = _column_schemas()
    reasons = [code for outcome in outcomes for code in {reason.code for reason in outcome.reasons}]
    documents = frame_of(written.documents, Documents)
    return {
        "documents": len(outcomes),
        **Counter(outcome.state.value for outcome in outcomes),
        "rows": len(documents),
        "line items": len(written.line_items),
        "quarantined": len(written.quarantined),
        "seconds": round(sum(outcome.seconds.get("validated_tables", 0.0) for outcome in outcomes), 3),
        "kinds": _counts("kind", (outcome.kind for outcome in outcomes if outcome.kind)),
        "reasons": _counts("reason", reasons),
        "dagster/column_schema": schemas["documents"],
        "line item columns": MetadataValue.table_schema(schemas["line_items"]),
        **({"preview": MetadataValue.table(_records(documents[_PREVIEW]))} if len(documents) else {}),
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


def _records(frame: pd.DataFrame) -> list[TableRecord]:
    rows = frame.head(_PREVIEW_ROWS).astype(str).replace("None", "").to_dict("records")
    return [TableRecord({str(column): value for column, value in row.items()}) for row in rows]
