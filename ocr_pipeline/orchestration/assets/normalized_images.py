"""Pages as pictures that recognition reads well."""

from dagster import AssetExecutionContext, MaterializeResult

from ocr_pipeline.documents.model import NormalizedDocument, RawDocument
from ocr_pipeline.orchestration.assets._common import stage_asset
from ocr_pipeline.orchestration.assets.raw_images import raw_images
from ocr_pipeline.orchestration.batch import documents_at_once, run_stage
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.wanted import require_wanted
from ocr_pipeline.storage.ledger_rows import LedgerDocument


@stage_asset("normalized_images", kinds={"opencv"}, deps=[raw_images])
def normalized_images(context: AssetExecutionContext, services: Services) -> MaterializeResult[None]:
    """The wanted pages of each document: decoded or rendered, turned level, at most 1600 pixels long."""
    from ocr_pipeline.imaging import files
    from ocr_pipeline.pipeline import normalize_pages, require_pages

    raw = services.outputs("raw_images", RawDocument)
    normalized = services.outputs("normalized_images", NormalizedDocument)

    def work(document: LedgerDocument, intake: RawDocument) -> NormalizedDocument:
        require_pages(intake, document.options)
        data = services.originals.load(intake.sha256)
        infos = []
        for page in normalize_pages(data, intake, services.settings, document.options.wants_page):
            require_wanted(services, document)
            normalized.save_file(document, files.file_name(page.info), files.encode(page), files.MEDIA_TYPE)
            infos.append(page.info)
        return NormalizedDocument(media_type=intake.media_type, pages=tuple(infos))

    report = run_stage(
        context, services, "normalized_images", before=raw, after=normalized, work=work, at_once=documents_at_once()
    )
    return MaterializeResult(metadata=report.metadata)
