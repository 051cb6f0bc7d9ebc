"""The words on the pages, with their boxes."""

import base64
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from dagster import MetadataValue

from ocr_pipeline.documents.model import DocumentText, NormalizedDocument, NormalizedPageInfo
from ocr_pipeline.orchestration.assets._common import document_stage_asset
from ocr_pipeline.orchestration.assets.normalized_images import normalized_images
from ocr_pipeline.orchestration.document_outputs import DocumentOutputs
from ocr_pipeline.orchestration.document_stage import DocumentStage, OutputStage, Passed
from ocr_pipeline.orchestration.run_services import RunServices
from ocr_pipeline.orchestration.wanted import require_wanted
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.ledger_rows import LedgerDocument

if TYPE_CHECKING:
    from ocr_pipeline.documents.page_image import NormalizedPage


@document_stage_asset("ocr_text", kinds={get_settings().recognition_engine}, deps=[normalized_images])
def ocr_text(services: RunServices) -> DocumentStage:
    """Words with boxes in original page pixels and confidence, recognized or from the PDF's own text."""
    return _Recognition(services)


class _Recognition(OutputStage[NormalizedDocument, DocumentText]):
    def __init__(self, services: RunServices) -> None:
        self._normalized = services.outputs("normalized_images", NormalizedDocument)
        texts = services.outputs("ocr_text", DocumentText)
        super().__init__(services, "ocr_text", before=self._normalized, after=texts, work=self._read)
        self._engines: defaultdict[str | None, set[str]] = defaultdict(set)
        self._first: dict[str | None, tuple[LedgerDocument, NormalizedPageInfo, DocumentText]] = {}
        """Both by batch."""

    def work_on(self, document: LedgerDocument) -> Passed:
        self._engines[document.batch].add(document.options.applied_to(self.services.settings).recognition_engine)
        return super().work_on(document)

    def metadata(self, batch: str) -> dict[str, Any]:
        """The engines, and a picture of the first page that was read, with the boxes of its words."""
        shown: dict[str, Any] = {"engine": ", ".join(sorted(self._engines[batch]))}
        return {**shown, "first page": self._look(*self._first[batch])} if batch in self._first else shown

    def _read(self, document: LedgerDocument, pages: NormalizedDocument) -> DocumentText:
        from ocr_pipeline.pipeline import read_pages, recognition_engine

        def load_page(info: NormalizedPageInfo) -> "NormalizedPage":
            if info is not pages.pages[0]:
                require_wanted(self.services, document)
            return _load_page(self._normalized, document, info)

        text = read_pages(
            self.services.originals.load(document.sha256 or ""),
            pages.media_type,
            infos=pages.pages,
            load_page=load_page,
            engine=recognition_engine(document.options.applied_to(self.services.settings)),
            settings=self.services.settings,
            language=document.options.language,
        )
        self._first.setdefault(document.batch, (document, pages.pages[0], text))
        return text

    def _look(self, document: LedgerDocument, info: NormalizedPageInfo, text: DocumentText) -> MetadataValue:
        from ocr_pipeline.imaging.thumbnail import thumbnail

        boxes = [word.box for line in text.pages[0].lines for word in line.words]
        picture = thumbnail(_load_page(self._normalized, document, info), boxes, longest_side=900)
        encoded = base64.b64encode(picture).decode()
        return MetadataValue.md(f"{document.file}\n\n![words](data:image/jpeg;base64,{encoded})")


def _load_page(
    normalized: DocumentOutputs[NormalizedDocument], document: LedgerDocument, info: NormalizedPageInfo
) -> "NormalizedPage":
    from ocr_pipeline.imaging import files

    return files.decode(normalized.load_file(document, files.file_name(info)), info)
