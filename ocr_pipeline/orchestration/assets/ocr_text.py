"""The words on the pages, with their boxes."""

import base64
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dagster import AssetExecutionContext, MaterializeResult, MetadataValue

from ocr_pipeline.documents.model import DocumentText, NormalizedDocument, NormalizedPageInfo, Rejection
from ocr_pipeline.orchestration.assets._common import stage_asset
from ocr_pipeline.orchestration.assets.normalized_images import normalized_images
from ocr_pipeline.orchestration.batch import documents_at_once, run_stage
from ocr_pipeline.orchestration.document_outputs import DocumentOutputs
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.wanted import require_wanted
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.ledger_rows import LedgerDocument

if TYPE_CHECKING:
    from ocr_pipeline.documents.page_image import NormalizedPage


@stage_asset("ocr_text", kinds={get_settings().recognition_engine}, deps=[normalized_images])
def ocr_text(context: AssetExecutionContext, services: Services) -> Callable[[], MaterializeResult[None]]:
    """Words with boxes in original page pixels and confidence, recognized or from the PDF's own text."""
    from ocr_pipeline.pipeline import read_pages, recognition_engine

    normalized = services.outputs("normalized_images", NormalizedDocument)
    texts = services.outputs("ocr_text", DocumentText)
    documents = [each for each in services.ledger.batch_documents(context.partition_key) if each.is_wanted]
    options = {each.options.engine: each.options for each in documents}
    engines = {name: recognition_engine(asked.applied_to(services.settings)) for name, asked in options.items()}

    def work(document: LedgerDocument, pages: NormalizedDocument) -> DocumentText:
        def load_page(info: NormalizedPageInfo) -> "NormalizedPage":
            require_wanted(services, document)
            return _load_page(normalized, document, info)

        return read_pages(
            services.originals.load(document.sha256 or ""),
            pages.media_type,
            infos=pages.pages,
            load_page=load_page,
            engine=engines[document.options.engine],
            settings=services.settings,
            language=document.options.language,
        )

    report = run_stage(
        context, services, "ocr_text", before=normalized, after=texts, work=work, at_once=documents_at_once()
    )
    names = ", ".join(sorted({engine.name for engine in engines.values()}))
    return lambda: MaterializeResult(
        metadata={"engine": names, **report.metadata, **_look(documents, normalized, texts)}
    )


def _load_page(
    normalized: DocumentOutputs[NormalizedDocument], document: LedgerDocument, info: NormalizedPageInfo
) -> "NormalizedPage":
    from ocr_pipeline.imaging import files

    return files.decode(normalized.load_file(document, files.file_name(info)), info)


def _look(
    documents: Sequence[LedgerDocument],
    normalized: DocumentOutputs[NormalizedDocument],
    texts: DocumentOutputs[DocumentText],
) -> dict[str, MetadataValue]:
    """A picture of the first page that was read, with the boxes of its words."""
    from ocr_pipeline.imaging.thumbnail import thumbnail

    for document in documents:
        text = texts.load(document)
        pages = normalized.load(document) if text else None
        if not text or not pages:
            continue
        if isinstance(text.result, Rejection) or isinstance(pages.result, Rejection):
            continue
        page = _load_page(normalized, document, pages.result.pages[0])
        boxes = [word.box for line in text.result.pages[0].lines for word in line.words]
        picture = base64.b64encode(thumbnail(page, boxes, longest_side=900)).decode()
        return {"first page": MetadataValue.md(f"{document.file}\n\n![words](data:image/jpeg;base64,{picture})")}
    return {}
