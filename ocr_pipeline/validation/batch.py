"""Verdicts of a batch to rows of the tables: the valid ones, and what is wrong with the others."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from ocr_pipeline.documents.model import ReviewReason, State, Verdict
from ocr_pipeline.validation.schemas import Documents, LineItems, check, documents_frame, line_items_frame

INVALID_ROW = "invalid_row"
"""The code of the reason that a row is not valid."""


class ValidatedBatch(NamedTuple):
    documents: pd.DataFrame
    """Rows that `Documents` accepts."""
    line_items: pd.DataFrame
    """Rows that `LineItems` accepts, of the same documents."""
    refused: dict[str, Verdict]
    """By document id: the verdicts whose rows are not valid, with the reasons added, to be reviewed."""


def validate_batch(verdicts: Mapping[str, Verdict]) -> ValidatedBatch:
    """`verdicts` by document id. A document is valid or refused as a whole, with its line items."""
    documents, items = documents_frame(verdicts), line_items_frame(verdicts)
    failures: dict[str, list[str]] = {}
    for found in (check(documents, Documents), check(items, LineItems)):
        for document_id, reasons in found.items():
            failures.setdefault(document_id, []).extend(reasons)
    return ValidatedBatch(
        documents[~documents["document_id"].isin(list(failures))],
        items[~items["document_id"].isin(list(failures))],
        {document_id: _refused(verdicts[document_id], reasons) for document_id, reasons in failures.items()},
    )


def _refused(verdict: Verdict, failures: list[str]) -> Verdict:
    reasons = tuple(ReviewReason(code=INVALID_ROW, message=failure) for failure in failures)
    return verdict.model_copy(update={"state": State.NEEDS_REVIEW, "reasons": verdict.reasons + reasons})
