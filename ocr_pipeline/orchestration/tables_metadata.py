"""The tables of a batch as Dagster's UI shows them: a preview, the counts and the Pandera schema."""

import warnings
from functools import lru_cache
from typing import Any

import pandas as pd
from dagster import BetaWarning, MetadataValue, TableRecord, TableSchema
from dagster_pandera import pandera_schema_to_dagster_type

from ocr_pipeline.validation.batch import ValidatedBatch
from ocr_pipeline.validation.schemas import Documents, LineItems

_PREVIEW_ROWS = 20
_PREVIEW = ["vendor_name", "document_date", "invoice_number", "currency", "total", "confidence", "state"]


def table_metadata(batch: ValidatedBatch) -> dict[str, Any]:
    schemas = _column_schemas()
    return {
        "rows": len(batch.documents),
        "line items": len(batch.line_items),
        "quarantined": len(batch.refused),
        "dagster/column_schema": schemas["documents"],
        "line item columns": MetadataValue.table_schema(schemas["line_items"]),
        **({"preview": MetadataValue.table(_records(batch.documents[_PREVIEW]))} if len(batch.documents) else {}),
    }


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
