"""The fields of each document, each with the words it was read from."""

from typing import Any

from ocr_pipeline.documents.model import DocumentText, Record
from ocr_pipeline.orchestration.assets._common import document_stage_asset
from ocr_pipeline.orchestration.assets.ocr_text import ocr_text
from ocr_pipeline.orchestration.document_stage import DocumentStage, OutputStage
from ocr_pipeline.orchestration.run_services import RunServices
from ocr_pipeline.storage.answers import open_answers
from ocr_pipeline.storage.ledger_rows import LedgerDocument


@document_stage_asset("structured_records", kinds={"spacy"}, deps=[ocr_text])
def structured_records(services: RunServices) -> DocumentStage:
    """Vendor, date, number, amounts and line items, each with page, box and words as evidence."""
    return _Structuring(services)


class _Structuring(OutputStage[DocumentText, Record]):
    def __init__(self, services: RunServices) -> None:
        from ocr_pipeline.pipeline import structuring_engine

        self._engine = structuring_engine(services.settings, open_answers(services.settings))
        super().__init__(
            services,
            "structured_records",
            before=services.outputs("ocr_text", DocumentText),
            after=services.outputs("structured_records", Record),
            work=self._structure,
            at_once=self._engine.at_once,
        )

    def metadata(self, batch: str) -> dict[str, Any]:  # noqa: ARG002 - it is the same for all
        """The engine, and what it spent."""
        spent = {f"{name} since the worker began": count for name, count in self._engine.counts.items()}
        return {"engine": f"{self._engine.name} {self._engine.version}", **spent}

    def _structure(self, document: LedgerDocument, text: DocumentText) -> Record:
        from ocr_pipeline.pipeline import structure

        return structure(text, self._engine, self.services.settings, document.options.kind)
