"""Files from the inbox: known by their content, checked, and kept."""

import hashlib

from ocr_pipeline.attempt import DocumentRejected
from ocr_pipeline.documents.model import RawDocument, Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.orchestration.assets._common import document_stage_asset
from ocr_pipeline.orchestration.document_stage import CANCELLED, DocumentStage, Passed
from ocr_pipeline.orchestration.run_services import RunServices
from ocr_pipeline.orchestration.telling import charge_pages
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.storage.stage_outputs import StageOutput

_MOST_PAGES = 40
"""Of a document that somebody waits for: they take about as long as a request waits. For more, nobody waits behind."""


@document_stage_asset("raw_images", kinds={"s3"})
def raw_images(services: RunServices) -> DocumentStage:
    """The batch's files. A file that is no document we read is refused here, with a code and advice.

    Of a batch that somebody waits for, long documents go on in batches of their own, in the other lane.
    """
    return _Intake(services)


class _Intake(DocumentStage):
    def __init__(self, services: RunServices) -> None:
        super().__init__(services, "raw_images")
        self._outputs = services.outputs("raw_images", RawDocument)

    def work_on(self, document: LedgerDocument) -> Passed:
        if not document.is_wanted:
            return Passed(document, CANCELLED)
        data = self._bytes_of(document)
        if data is None:
            return self._refused(document, _unread(document, self.services.settings))
        seen = document._replace(sha256=hashlib.sha256(data).hexdigest())
        output, reused = self._output(seen, data)
        if isinstance(output.result, Rejection):
            return self._refused(seen, output.result)
        return self._let_in(seen, output.result.page_count, reused=reused)

    def _refused(self, document: LedgerDocument, refusal: Rejection) -> Passed:
        self.services.ledger.note_intake(document.id, document.sha256, refusal)
        return Passed(document._replace(refusal=refusal), refusal)

    def _let_in(self, document: LedgerDocument, pages: int, *, reused: bool) -> Passed:
        self.services.ledger.note_intake(document.id, document.sha256, None, pages)
        wanted = sum(document.options.wants_page(number) for number in range(1, pages + 1))
        if document.pages is None:
            charge_pages(self.services, document, wanted)
        is_long = wanted > _MOST_PAGES
        apart = is_long and self.services.ledger.set_apart(document.batch or "", [document.id]) is not None
        return Passed(document._replace(pages=pages, refusal=None), None, reused, is_set_apart=apart)

    def _bytes_of(self, document: LedgerDocument) -> bytes | None:
        """The file as it arrived, or as it was kept when it was first read; None where it is too large or gone."""
        if document.size > self.services.settings.max_file_bytes:
            return None
        data = self.services.store.get(document.object_key, document.etag)
        if data is None and document.sha256:
            data = self.services.originals.find(document.sha256)
        return data

    def _output(self, document: LedgerDocument, data: bytes) -> tuple[StageOutput[RawDocument], bool]:
        """The stage's output for the file, and whether it was there already.

        A refusal depends on the file's name too, so it is the document's, and not kept under the content.
        """
        from ocr_pipeline.pipeline import read_file

        known = self._outputs.load(document)
        if known is not None:
            return known, True
        seconds: dict[str, float] = {}
        try:
            with self.attempt(document, seconds):
                raw = read_file(data, document.file, self.services.settings)
        except DocumentRejected as rejected:
            return StageOutput[RawDocument](result=rejected.rejection, seconds=seconds), False
        self.services.originals.save(raw.sha256, data, raw.media_type)
        output = StageOutput[RawDocument](result=raw, seconds=seconds)
        self._outputs.save(document, output)
        return output, False


def _unread(document: LedgerDocument, settings: Settings) -> Rejection:
    if document.size > settings.max_file_bytes:
        return Rejection.of(
            ErrorCode.FILE_TOO_LARGE, what="The file", size=document.size, limit=settings.max_file_bytes
        )
    return Rejection.of(ErrorCode.FILE_MISSING, key=document.object_key)
