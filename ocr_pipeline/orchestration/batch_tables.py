"""The end of a batch: its documents are judged, and what came of them is written and told."""

from datetime import timedelta

from sqlalchemy import Connection

from ocr_pipeline.documents.model import Verdict
from ocr_pipeline.orchestration.checks.events import BatchResult
from ocr_pipeline.orchestration.checks.written import check_completeness, check_validity
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.statistics import statistics_of
from ocr_pipeline.orchestration.tables_metadata import table_metadata
from ocr_pipeline.orchestration.telling import publish, tell_progress
from ocr_pipeline.orchestration.verdicts import (
    judge,
    known_patterns,
    lessons_of,
    outcomes_of,
    relinked,
    structured_documents,
    tables_of,
)
from ocr_pipeline.storage import batch_statistics
from ocr_pipeline.storage.batch_accounts import account_of, owner_of
from ocr_pipeline.storage.ledger import moment
from ocr_pipeline.storage.tables import Settled, read_batch, write_batch
from ocr_pipeline.storage.vendor_patterns import VendorPatternStore
from ocr_pipeline.validation.batch import validate_batch


def end_batch(key: str, services: Services) -> BatchResult:
    """Writes the tables of a batch in one transaction; the same batch twice leaves the same rows."""
    database, settings = services.database, services.settings
    tenant, lane = owner_of(database, key)
    documents = [document for document in services.ledger.batch_documents(key) if document.is_wanted]
    tell_progress(services, key, "validated_tables", 0, len(documents))
    structured = structured_documents(documents, services)
    patterns = VendorPatternStore(database, tenant)
    known = known_patterns(structured, patterns, settings)
    judged = {id_: judge(one, settings, known) for id_, one in structured.items()}
    batch = validate_batch({id_: result for id_, (result, _) in judged.items() if isinstance(result, Verdict)})
    judged |= {id_: (verdict, judged[id_][1]) for id_, verdict in batch.refused.items()}

    versions = {document.id: services.versions(document.options) for document in documents}
    # The tables speak of nothing that is not in the bucket.
    services.store.settle()
    finished_at = moment()
    expires_at = finished_at + timedelta(seconds=settings.result_seconds)

    def note(connection: Connection, settled: Settled) -> None:
        outcomes = outcomes_of(documents, judged, settled, expires_at)
        ended = {outcome.id for outcome in outcomes}
        statistics = statistics_of(
            key,
            tenant,
            lane,
            finished_at=finished_at,
            outcomes=outcomes,
            pages=sum(document.pages or 0 for document in documents if document.id in ended),
            versions=services.versions(),
        )
        batch_statistics.save(connection, statistics)

    settled = write_batch(database, key, tables_of(judged, batch, versions), finished_at, note)
    # At once, before anything else: somebody may be waiting.
    outcomes = outcomes_of(documents, judged, settled, expires_at)
    publish(services, key, tenant, outcomes, relinked(settled, judged, services))
    tell_progress(services, key, "validated_tables", len(documents), len(documents))
    final = {id_: settled.verdicts.get(id_, result) for id_, (result, _) in judged.items()}
    patterns.learn(lessons_of(structured, final))

    written = read_batch(database, [outcome.id for outcome in outcomes])
    return BatchResult(
        table_metadata(written, outcomes), [check_validity(written), check_completeness(account_of(database, key))]
    )
