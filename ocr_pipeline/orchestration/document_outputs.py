"""The outputs of a stage, each under what its document's sender asked for."""

from collections.abc import Callable
from typing import Generic

from ocr_pipeline.documents.options import Options
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.storage.stage_outputs import Output, StageOutput, StageOutputs


class DocumentOutputs(Generic[Output]):
    """`StageOutputs`, in the version that the options make of it; documents whose bytes were not read have none."""

    def __init__(self, under: Callable[[Options], StageOutputs[Output]]) -> None:
        self._under = under

    def load(self, document: LedgerDocument) -> StageOutput[Output] | None:
        return self._under(document.options).load(document.content) if document.content else None

    def is_new(self, document: LedgerDocument) -> bool:
        """Whether this run made the output itself, as far as that is known: nothing made from it is there yet."""
        return self._under(document.options).is_new(_content(document))

    def save(self, document: LedgerDocument, output: StageOutput[Output]) -> None:
        self._under(document.options).save(_content(document), output)

    def load_file(self, document: LedgerDocument, name: str) -> bytes:
        """Raises FileNotFoundError where an output's own file is gone."""
        return self._under(document.options).load_file(_content(document), name)

    def save_file(self, document: LedgerDocument, name: str, data: bytes, media_type: str) -> None:
        self._under(document.options).save_file(_content(document), name, data, media_type)


def _content(document: LedgerDocument) -> str:
    if document.content is None:
        message = f"the bytes of {document.file} were not read"
        raise ValueError(message)
    return document.content
