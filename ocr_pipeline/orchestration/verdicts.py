"""From records to rows: the verdicts of a batch, and what they are in its tables."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from ocr_pipeline import pipeline
from ocr_pipeline.attempt import DocumentRejected, stage
from ocr_pipeline.documents.model import DocumentText, Record, Rejection, State, Verdict
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.orchestration.document_outputs import DocumentOutputs
from ocr_pipeline.orchestration.document_stage import load_output
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.wanted import NoLongerWanted
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.ledger import quarantine_row
from ocr_pipeline.storage.ledger_rows import Finished, LedgerDocument
from ocr_pipeline.storage.tables import BatchTables, Row, Settled, load_outcome
from ocr_pipeline.storage.vendor_patterns import VendorPatternStore
from ocr_pipeline.validation.batch import ValidatedBatch
from ocr_pipeline.validation.patterns.keys import vendor_keys
from ocr_pipeline.validation.patterns.lesson import Lesson, lesson_of
from ocr_pipeline.validation.patterns.vendor_patterns import VendorPatterns
from ocr_pipeline.validation.schemas import rows_of

_LAST_STAGE = "validated_tables"
_LOADED_AT_ONCE = 8
_NOTHING = DocumentText(pages=())

Judged = tuple[Verdict | Rejection, dict[str, float]]
"""A document's result and its seconds by stage."""


class Structured(NamedTuple):
    """What the earlier stages made of a document: its record, or why there is none."""

    record: Record | Rejection
    text: DocumentText
    seconds: dict[str, float]


def structured_documents(documents: Sequence[LedgerDocument], services: Services) -> dict[str, Structured]:
    """By id. Documents that were erased meanwhile are left out. Raises Failure where an earlier stage has not run."""
    texts = services.outputs("ocr_text", DocumentText)
    records = services.outputs("structured_records", Record)

    def load(document: LedgerDocument) -> Structured | None:
        try:
            return _structured(document, texts, records, services)
        except NoLongerWanted:
            return None

    # What this run has not made itself comes from S3, and the time for that is spent waiting.
    with ThreadPoolExecutor(_LOADED_AT_ONCE, thread_name_prefix="outputs") as threads:
        found = zip(documents, threads.map(load, documents), strict=True)
        return {document.id: structured for document, structured in found if structured is not None}


def _structured(
    document: LedgerDocument, texts: DocumentOutputs[DocumentText], records: DocumentOutputs[Record], services: Services
) -> Structured:
    if document.refusal is not None:
        return Structured(document.refusal, _NOTHING, {})
    record = load_output(services, records, document)
    if isinstance(record.result, Rejection):
        return Structured(record.result, _NOTHING, dict(record.seconds))
    text = load_output(services, texts, document)
    if isinstance(text.result, Rejection):
        return Structured(text.result, _NOTHING, dict(record.seconds))
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


def tables_of(
    judged: Mapping[str, Judged], batch: ValidatedBatch, versions: Mapping[str, Mapping[str, str]]
) -> BatchTables:
    """`versions` are those of all stages, by document id and stage; those that it came to are noted."""
    verdicts = {id_: result for id_, (result, _) in judged.items() if isinstance(result, Verdict)}
    documents: list[Row] = []
    for row in rows_of(batch.documents):
        verdict = verdicts[row["document_id"]]
        sums = verdict.reconciliation.model_dump()
        version = versions[row["document_id"]][_LAST_STAGE]
        documents.append({**row, **sums, "verdict": verdict.model_dump(mode="json"), "version": version})
    valid = {row["document_id"] for row in documents}
    return BatchTables(
        documents=documents,
        line_items=rows_of(batch.line_items),
        quarantine=[
            quarantine_row(document_id, result, versions[document_id][_LAST_STAGE])
            for document_id, (result, _) in judged.items()
            if document_id not in valid
        ],
        finished=[
            _finished(document_id, result, seconds, versions[document_id])
            for document_id, (result, seconds) in judged.items()
        ],
        verdicts=verdicts,
    )


def _finished(
    document_id: str, result: Verdict | Rejection, seconds: dict[str, float], versions: Mapping[str, str]
) -> Finished:
    reached = {stage: version for stage, version in versions.items() if stage in seconds}
    if isinstance(result, Rejection):
        return Finished(document_id, State.REJECTED, result, seconds, reached)
    return Finished(document_id, result.state, None, seconds, reached)


def outcomes_of(
    documents: Sequence[LedgerDocument], judged: Mapping[str, Judged], settled: Settled, expires_at: datetime
) -> list[Outcome]:
    """What users get for the batch's `documents`, without those that were cancelled or erased meanwhile."""
    outcomes = []
    for document in documents:
        if document.id in judged and document.id not in settled.unwanted:
            result, seconds = judged[document.id]
            result = settled.verdicts.get(document.id, result)
            outcomes.append(Outcome.of(document.id, document.file, result, seconds, expires_at))
    return outcomes


def relinked(settled: Settled, judged: Mapping[str, Judged], services: Services) -> list[Outcome]:
    """What users get for the documents of other batches that `write_batch` changed."""
    others = [services.ledger.document(id_) for id_ in settled.verdicts if id_ not in judged]
    seconds = services.settings.result_seconds
    return [load_outcome(services.database, other, seconds) for other in others if other is not None]
