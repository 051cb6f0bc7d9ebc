"""The batch's rows in Postgres, and the end of each document's way."""

from datetime import timedelta

from dagster import AssetExecutionContext, MaterializeResult

from ocr_pipeline.documents.model import Verdict
from ocr_pipeline.orchestration.assets._common import blocking_check, stage_asset
from ocr_pipeline.orchestration.assets.structured_records import structured_records
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.storage.ledger import moment
from ocr_pipeline.storage.ledger_rows import DEFAULT_TENANT
from ocr_pipeline.storage.tables import read_batch, write_batch

VALID = blocking_check(
    "validated_tables", "rows_are_valid", "What stands in the tables for this batch satisfies the Pandera schemas."
)
COMPLETE = blocking_check(
    "validated_tables",
    "every_document_is_accounted_for",
    "Each document of the batch stands in the tables or in quarantine, and in only one of them.",
)


@stage_asset(
    "validated_tables", kinds={"pandera", "postgres"}, deps=[structured_records], check_specs=[VALID, COMPLETE]
)
def validated_tables(context: AssetExecutionContext, services: Services) -> MaterializeResult:  # type: ignore[type-arg]
    """Valid rows in the tables `documents` and `line_items`, all others in `quarantine`, in one transaction."""
    from ocr_pipeline.orchestration.tables_metadata import table_metadata
    from ocr_pipeline.orchestration.telling import publish, tell_progress
    from ocr_pipeline.orchestration.verdicts import (
        check_completeness,
        check_validity,
        judge,
        known_patterns,
        lessons_of,
        outcomes_of,
        relinked,
        structured_documents,
        tables_of,
    )
    from ocr_pipeline.storage.vendor_patterns import VendorPatternStore
    from ocr_pipeline.validation.batch import validate_batch

    key = context.partition_key
    documents = [document for document in services.ledger.batch_documents(key) if document.is_wanted]
    tenant = documents[0].tenant if documents else DEFAULT_TENANT
    tell_progress(services, key, "validated_tables", 0, len(documents))
    structured = structured_documents(documents, services)
    patterns = VendorPatternStore(services.database, tenant)
    known = known_patterns(structured, patterns, services.settings)
    judged = {id_: judge(one, services.settings, known) for id_, one in structured.items()}
    batch = validate_batch({id_: result for id_, (result, _) in judged.items() if isinstance(result, Verdict)})
    judged |= {id_: (verdict, judged[id_][1]) for id_, verdict in batch.refused.items()}

    versions = {document.id: services.versions(document.options) for document in documents}
    # The tables speak of nothing that is not in the bucket.
    services.store.settle()
    finished_at = moment()
    settled = write_batch(services.database, key, tables_of(judged, batch, versions), finished_at)
    # At once, before anything else: somebody may be waiting.
    expires_at = finished_at + timedelta(seconds=services.settings.result_seconds)
    outcomes = outcomes_of(documents, judged, settled, expires_at)
    publish(services, key, tenant, outcomes, relinked(settled, judged, services))
    tell_progress(services, key, "validated_tables", len(documents), len(documents))
    final = {id_: settled.verdicts.get(id_, result) for id_, (result, _) in judged.items()}
    patterns.learn(lessons_of(structured, final))

    written = read_batch(services.database, [outcome.id for outcome in outcomes])
    return MaterializeResult(
        metadata=table_metadata(written, outcomes),
        check_results=[check_validity(VALID.name, written), check_completeness(COMPLETE.name, written, len(outcomes))],
    )
