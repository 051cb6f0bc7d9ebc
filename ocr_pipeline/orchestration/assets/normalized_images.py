"""Pages as pictures that recognition reads well."""

from ocr_pipeline.documents.model import NormalizedDocument, NormalizedPageInfo, RawDocument
from ocr_pipeline.orchestration.assets._common import document_stage_asset
from ocr_pipeline.orchestration.assets.raw_images import raw_images
from ocr_pipeline.orchestration.document_stage import DocumentStage, OutputStage
from ocr_pipeline.orchestration.run_services import RunServices
from ocr_pipeline.orchestration.wanted import require_wanted
from ocr_pipeline.storage.ledger_rows import LedgerDocument


@document_stage_asset("normalized_images", kinds={"opencv"}, deps=[raw_images])
def normalized_images(services: RunServices) -> DocumentStage:
    """The wanted pages of each document: decoded or rendered, turned level, at most 1600 pixels long."""
    from ocr_pipeline.imaging import files
    from ocr_pipeline.pipeline import normalize_pages, require_pages

    normalized = services.outputs("normalized_images", NormalizedDocument)

    def work(document: LedgerDocument, intake: RawDocument) -> NormalizedDocument:
        require_pages(intake, document.options)
        data = services.originals.load(intake.sha256)
        infos: list[NormalizedPageInfo] = []
        for page in normalize_pages(data, intake, services.settings, document.options.wants_page):
            if infos:
                require_wanted(services, document)
            normalized.save_file(document, files.file_name(page.info), files.encode(page), files.MEDIA_TYPE)
            infos.append(page.info)
        return NormalizedDocument(media_type=intake.media_type, pages=tuple(infos))

    raw = services.outputs("raw_images", RawDocument)
    return OutputStage(services, "normalized_images", before=raw, after=normalized, work=work)
