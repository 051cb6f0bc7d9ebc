"""From records to rows: the verdicts of a batch, its tables, and the checks on what was written."""

from collections.abc import Mapping

from dagster import AssetCheckResult

from ocr_pipeline.attempt import DocumentRejected, stage
from ocr_pipeline.documents.model import DocumentText, Record, Rejection, State, Verdict
from ocr_pipeline.orchestration.batch import load_output
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.ledger import Finished, LedgerDocument, quarantine_row
from ocr_pipeline.storage.stage_outputs import StageOutputs
from ocr_pipeline.storage.tables import BatchTables, Row, WrittenRows
from ocr_pipeline.validation.batch import ValidatedBatch
from ocr_pipeline.validation.schemas import Documents, LineItems, check, frame_of, rows_of
from ocr_pipeline.validation.verdict import validate

Judged = tuple[Verdict | Rejection, dict[str, float]]
"""A document's result and its seconds by stage."""


def judge(
    document: LedgerDocument, texts: StageOutputs[DocumentText], records: StageOutputs[Record], settings: Settings
) -> Judged:
    if document.refusal is not None:
        return document.refusal, {}
    record, text = load_output(records, document), load_output(texts, document)
    seconds = dict(record.seconds)
    if isinstance(record.result, Rejection):
        return record.result, seconds
    if isinstance(text.result, Rejection):
        return text.result, seconds
    try:
        with stage("validated_tables", seconds):
            return validate(record.result, text.result, settings.review_confidence), seconds
    except DocumentRejected as rejected:
        return rejected.rejection, seconds


def tables_of(judged: Mapping[str, Judged], batch: ValidatedBatch, version: str) -> BatchTables:
    documents: list[Row] = []
    for row in rows_of(batch.documents):
        verdict, _ = judged[row["document_id"]]
        if isinstance(verdict, Verdict):
            sums = verdict.reconciliation.model_dump()
            documents.append({**row, **sums, "verdict": verdict.model_dump(mode="json"), "version": version})
    valid = {row["document_id"] for row in documents}
    return BatchTables(
        documents=documents,
        line_items=rows_of(batch.line_items),
        quarantine=[
            quarantine_row(document_id, result, version)
            for document_id, (result, _) in judged.items()
            if document_id not in valid
        ],
        finished=[
            Finished(document_id, State.REJECTED, result, seconds)
            if isinstance(result, Rejection)
            else Finished(document_id, result.state, None, seconds)
            for document_id, (result, seconds) in judged.items()
        ],
    )


def check_validity(name: str, written: WrittenRows) -> AssetCheckResult:
    """Looks at what stands in Postgres now, not at what was meant to."""
    failures = {
        **check(frame_of(written.documents, Documents), Documents),
        **check(frame_of(written.line_items, LineItems), LineItems),
    }
    return AssetCheckResult(
        check_name=name,
        passed=not failures,
        metadata={"rows": len(written.documents), "line items": len(written.line_items), "failures": failures},
    )


def check_completeness(name: str, written: WrittenRows, document_count: int) -> AssetCheckResult:
    in_tables = {row["document_id"] for row in written.documents}
    in_quarantine = set(written.quarantined)
    return AssetCheckResult(
        check_name=name,
        passed=len(in_tables) + len(in_quarantine) == document_count and not in_tables & in_quarantine,
        metadata={"documents": document_count, "in tables": len(in_tables), "in quarantine": len(in_quarantine)},
    )
