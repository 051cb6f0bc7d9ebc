"""What a run is working on, noted in the ledger for the case that its worker dies."""

from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.versions import Stage


class Beginnings:
    """Of one run. A document that goes on to its next stage costs one statement: it ends there and begins here."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._stages: dict[str, Stage] = {}
        """By document id."""

    def begin(self, document_id: str, stage: Stage) -> int | None:
        """How often work on the document began in this stage and did not come to an end; None for an unwanted one."""
        count = self._ledger.begin(document_id, stage, after=self._stages.pop(document_id, None))
        if count is not None:
            self._stages[document_id] = stage
        return count

    def end(self, document_id: str) -> None:
        """The work on the document came to an end, whichever."""
        stage = self._stages.pop(document_id, None)
        if stage is not None:
            self._ledger.end(document_id, stage)
