"""The fields of each document, each with the words it was read from."""

from dagster import AssetExecutionContext, MaterializeResult

from ocr_pipeline.documents.model import DocumentText, Record
from ocr_pipeline.orchestration.assets._common import stage_asset
from ocr_pipeline.orchestration.assets.ocr_text import ocr_text
from ocr_pipeline.orchestration.batch import run_stage
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.storage.answers import open_answers
from ocr_pipeline.storage.ledger_rows import LedgerDocument


@stage_asset("structured_records", kinds={"spacy"}, deps=[ocr_text])
def structured_records(context: AssetExecutionContext, services: Services) -> MaterializeResult[None]:
    """Vendor, date, number, amounts and line items, each with page, box and words as evidence."""
    from ocr_pipeline.pipeline import structure, structuring_engine

    texts = services.outputs("ocr_text", DocumentText)
    records = services.outputs("structured_records", Record)
    engine = structuring_engine(services.settings, open_answers(services.settings))

    def work(document: LedgerDocument, text: DocumentText) -> Record:
        return structure(text, engine, services.settings, document.options.kind)

    report = run_stage(
        context, services, "structured_records", before=texts, after=records, work=work, at_once=engine.at_once
    )
    spent = {f"{name} since the worker began": count for name, count in engine.counts.items()}
    return MaterializeResult(metadata={"engine": f"{engine.name} {engine.version}", **report.metadata, **spent})
