"""From records to rows: the verdicts of a batch, its tables, and the checks on what was written."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dagster import AssetCheckResult

from ocr_pipeline import pipeline
from ocr_pipeline.attempt import DocumentRejected, stage
from ocr_pipeline.documents.model import DocumentText, Record, Rejection, State, Verdict
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.orchestration.batch import load_output
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.ledger import Finished, Ledger, LedgerDocument, quarantine_row
from ocr_pipeline.storage.stage_outputs import StageOutputs
from ocr_pipeline.storage.tables import BatchTables, Row, WrittenRows, changed_since
from ocr_pipeline.storage.vendor_patterns import VendorPatternStore
from ocr_pipeline.validation.batch import ValidatedBatch
from ocr_pipeline.validation.patterns.keys import vendor_keys
from ocr_pipeline.validation.patterns.lesson import Lesson, lesson_of
from ocr_pipeline.validation.patterns.vendor_patterns import VendorPatterns
from ocr_pipeline.validation.schemas import Documents, LineItems, check, frame_of, rows_of

Judged = tuple[Verdict | Rejection, dict[str, float]]
"""A document's result and its seconds by stage."""


class Structured(NamedTuple):
    """What the earlier stages made of a document: its record, or why there is none."""

    record: Record | Rejection
    text: DocumentText
    seconds: dict[str, float]


def load_structured(
    document: LedgerDocument, texts: StageOutputs[DocumentText], records: StageOutputs[Record]
) -> Structured:
    nothing = DocumentText(pages=())
    if document.refusal is not None:
        return Structured(document.refusal, nothing, {})
    record, text = load_output(records, document), load_output(texts, document)
    if isinstance(text.result, Rejection):
        return Structured(text.result, nothing, dict(record.seconds))
    return Structured(record.result, text.result, dict(record.seconds))


def judge(structured: Structured, settings: Settings, known: Mapping[str, VendorPatterns]) -> Judged:
    """`known` is what accepted documents taught, by vendor key."""
    if isinstance(structured.record, Rejection):
        return structured.record, structured.seconds
    try:
        with stage("validated_tables", structured.seconds):
            return pipeline.judge(structured.record, structured.text, settings, known), structured.seconds
    except DocumentRejected as rejected:
        return rejected.rejection, structured.seconds


def known_patterns(
    structured: Mapping[str, Structured], store: VendorPatternStore, settings: Settings
) -> dict[str, VendorPatterns]:
    """What other documents taught of the vendors of these, which are by id."""
    if not settings.vendor_patterns:
        return {}
    records = [one.record for one in structured.values() if isinstance(one.record, Record)]
    return store.load({key for record in records for key in vendor_keys(record)}, without=list(structured))


def lessons_of(structured: Mapping[str, Structured], final: Mapping[str, Verdict | Rejection]) -> dict[str, Lesson]:
    """What the accepted documents teach, by id. One that turned out to be a duplicate teaches nothing."""
    lessons = {}
    for document_id, verdict in final.items():
        if isinstance(verdict, Rejection) or verdict.state is not State.ACCEPTED:
            continue
        read, text, _ = structured[document_id]
        lesson = lesson_of(read, verdict.record, text) if isinstance(read, Record) else None
        if lesson is not None:
            lessons[document_id] = lesson
    return lessons


def tables_of(judged: Mapping[str, Judged], batch: ValidatedBatch, version: str) -> BatchTables:
    verdicts = {id_: result for id_, (result, _) in judged.items() if isinstance(result, Verdict)}
    documents: list[Row] = []
    for row in rows_of(batch.documents):
        verdict = verdicts[row["document_id"]]
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
        verdicts=verdicts,
    )


def outcomes_of(
    documents: Sequence[LedgerDocument], judged: Mapping[str, Judged], settled: Mapping[str, Verdict], ledger: Ledger
) -> list[Outcome]:
    """What users get for the batch's `documents`, and for others in `settled`: those that `write_batch` changed."""
    known = {document.id for document in documents}
    others = [document for id_ in settled if id_ not in known and (document := ledger.document(id_))]
    own = [
        Outcome.of(document.id, document.file, settled.get(document.id, judged[document.id][0]), judged[document.id][1])
        for document in documents
    ]
    return own + [Outcome.of(other.id, other.file, settled[other.id], other.seconds) for other in others]


def publish(outcomes: list[Outcome], services: Services) -> None:
    """Until what is published is what stands in the tables: another batch may link a document in between.

    That batch publishes it too, but maybe before this one does.
    """
    while outcomes:
        services.results.publish(outcomes)
        outcomes = changed_since(services.database, services.ledger, outcomes)


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
