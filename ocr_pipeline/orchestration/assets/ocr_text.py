"""The words on the pages, with their boxes."""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagster import AssetExecutionContext, MaterializeResult, MetadataValue

from ocr_pipeline.documents.model import DocumentText, NormalizedDocument, NormalizedPageInfo, Rejection
from ocr_pipeline.orchestration.assets._common import stage_asset
from ocr_pipeline.orchestration.assets.normalized_images import normalized_images
from ocr_pipeline.orchestration.batch import documents_at_once, run_stage
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.ledger import LedgerDocument
from ocr_pipeline.storage.stage_outputs import StageOutputs

if TYPE_CHECKING:
    from ocr_pipeline.documents.page_image import NormalizedPage


@stage_asset("ocr_text", kinds={get_settings().recognition_engine}, deps=[normalized_images])
def ocr_text(context: AssetExecutionContext, services: Services) -> MaterializeResult[None]:
    """Words with boxes in original page pixels and confidence, recognized or from the PDF's own text."""
    from ocr_pipeline.pipeline import read_pages, recognition_engine

    settings = services.settings
    normalized = services.outputs("normalized_images", NormalizedDocument)
    texts = services.outputs("ocr_text", DocumentText)
    engine = recognition_engine(settings)

    def work(sha256: str, document: NormalizedDocument) -> DocumentText:
        return read_pages(
            services.originals.load(sha256),
            document.media_type,
            infos=document.pages,
            load_page=lambda info: _load_page(normalized, sha256, info),
            engine=engine,
            settings=settings,
        )

    report = run_stage(
        context, services, "ocr_text", before=normalized, after=texts, work=work, at_once=documents_at_once()
    )
    documents = services.ledger.batch_documents(context.partition_key)
    return MaterializeResult(metadata={"engine": engine.name, **report.metadata, **_look(documents, normalized, texts)})


def _load_page(normalized: StageOutputs[NormalizedDocument], sha256: str, info: NormalizedPageInfo) -> "NormalizedPage":
    from ocr_pipeline.imaging import files

    return files.decode(normalized.load_file(sha256, files.file_name(info)), info)


def _look(
    documents: Sequence[LedgerDocument], normalized: StageOutputs[NormalizedDocument], texts: StageOutputs[DocumentText]
) -> dict[str, MetadataValue]:
    """A picture of the first page that was read, with the boxes of its words."""
    from ocr_pipeline.imaging.thumbnail import thumbnail

    for document in documents:
        text = texts.load(document.sha256) if document.sha256 else None
        pages = normalized.load(document.sha256) if text and document.sha256 else None
        if not document.sha256 or not text or not pages:
            continue
        if isinstance(text.result, Rejection) or isinstance(pages.result, Rejection):
            continue
        page = _load_page(normalized, document.sha256, pages.result.pages[0])
        boxes = [word.box for line in text.result.pages[0].lines for word in line.words]
        picture = base64.b64encode(thumbnail(page, boxes, longest_side=900)).decode()
        return {"first page": MetadataValue.md(f"{document.file}\n\n![words](data:image/jpeg;base64,{picture})")}
    return {}
