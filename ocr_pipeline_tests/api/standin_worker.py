"""A worker whose intake is real, and to which every page says the same."""

from ocr_pipeline.documents.intake import Limits, read_raw
from ocr_pipeline.documents.model import DocumentText, Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline.storage.originals import key_of
from ocr_pipeline.storage.schema import ledger
from ocr_pipeline.storage.stage_outputs import StageOutput, StageOutputs
from ocr_pipeline.versions import stage_versions
from ocr_pipeline_tests.api.finishing import VERDICT, Result, finish
from ocr_pipeline_tests.drawing import drawn
from ocr_pipeline_tests.exports.pages import read

TEXT = DocumentText(pages=(read(drawn(600, 400, (60, 60, "Total 12.40")), "Total 12.40"),))


def work(settings: Settings, store: ObjectStore, batch: str) -> None:
    """Takes the batch to its end."""
    version = stage_versions(settings)["ocr_text"]
    outputs = StageOutputs(store, "ocr_text", version, DocumentText)

    def result(document: LedgerDocument) -> Result:
        data = store.get(document.object_key)
        if data is None:
            return Rejection.of(ErrorCode.FILE_MISSING, key=document.object_key)
        raw = read_raw(data, document.file, Limits.of(settings))
        if isinstance(raw, Rejection):
            return raw
        content = document._replace(sha256=raw.sha256).content or ""
        outputs.save(content, StageOutput[DocumentText](result=TEXT, seconds={}))
        store.put(key_of(raw.sha256), data)
        with get_engine(settings.database_url.get_secret_value()).begin() as connection:
            known = {"sha256": raw.sha256, "pages": raw.page_count}
            connection.execute(ledger.update().where(ledger.c.id == document.id).values(known))
        return VERDICT

    finish(settings, batch, result)
