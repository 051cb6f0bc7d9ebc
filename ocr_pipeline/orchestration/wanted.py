"""Documents that a run stops work on: they were cancelled, or erased, since it read its batch."""

from collections.abc import Sequence
from typing import NoReturn

from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.storage.erasure import sweep
from ocr_pipeline.storage.ledger_rows import LedgerDocument


class NoLongerWanted(Exception):  # noqa: N818 - it says what the document is
    """Ends the work on one document, and on no other; the document has its final state already."""


def require_wanted(services: Services, document: LedgerDocument) -> None:
    """Raises NoLongerWanted. One small query: cheap enough for each page.

    Stages ask before each further page of a document. Before each further stage `Passage` looks.
    """
    if not services.ledger.is_wanted(document.id):
        leave(services, document)


def leave(services: Services, document: LedgerDocument) -> NoReturn:
    """Raises NoLongerWanted; of a document that was erased, what the run wrote goes before."""
    current = services.ledger.document(document.id)
    if current is None or current.erased_at is not None:
        sweep(services.database, services.store, document)
    raise NoLongerWanted


def sweep_erased(services: Services, documents: Sequence[LedgerDocument]) -> None:
    """What a run wrote of documents that were erased meanwhile goes too; to be called when all is written."""
    gone = services.ledger.erased({document.id for document in documents})
    for document in documents:
        if document.id in gone:
            sweep(services.database, services.store, document)
