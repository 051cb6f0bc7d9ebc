"""The batch's rows in Postgres, and the end of each document's way."""

from dagster import AssetExecutionContext, MaterializeResult

from ocr_pipeline.documents.model import DocumentText, Record, Verdict
from ocr_pipeline.orchestration.assets._common import blocking_check, stage_asset
from ocr_pipeline.orchestration.assets.structured_records import structured_records
from ocr_pipeline.orchestration.resources import Services
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
    from ocr_pipeline.orchestration.verdicts import (
        check_completeness,
        check_validity,
        judge,
        known_patterns,
        lessons_of,
        load_structured,
        outcomes_of,
        publish,
        tables_of,
    )
    from ocr_pipeline.storage.vendor_patterns import VendorPatternStore
    from ocr_pipeline.validation.batch import validate_batch

    documents = services.ledger.batch_documents(context.partition_key)
    texts = services.outputs("ocr_text", DocumentText)
    records = services.outputs("structured_records", Record)
    patterns = VendorPatternStore(services.database)
    structured = {document.id: load_structured(document, texts, records) for document in documents}
    known = known_patterns(structured, patterns, services.settings)
    judged = {id_: judge(one, services.settings, known) for id_, one in structured.items()}
    batch = validate_batch({id_: result for id_, (result, _) in judged.items() if isinstance(result, Verdict)})
    judged |= {id_: (verdict, judged[id_][1]) for id_, verdict in batch.refused.items()}

    tables = tables_of(judged, batch, services.version("validated_tables"))
    settled = write_batch(services.database, context.partition_key, tables)
    # At once, before anything else: somebody may be waiting.
    outcomes = outcomes_of(documents, judged, settled, services.ledger)
    publish(outcomes, services)
    patterns.learn(lessons_of(structured, {id_: settled.get(id_, result) for id_, (result, _) in judged.items()}))

    written = read_batch(services.database, list(judged))
    return MaterializeResult(
        metadata=table_metadata(written, outcomes[: len(documents)]),
        check_results=[check_validity(VALID.name, written), check_completeness(COMPLETE.name, written, len(documents))],
    )
