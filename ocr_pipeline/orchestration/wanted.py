"""Documents that a run stops work on: they were cancelled, or erased, since it read its batch."""

from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.storage.erasure import sweep
from ocr_pipeline.storage.ledger import LedgerDocument


class NoLongerWanted(Exception):  # noqa: N818 - it says what the document is
    """Ends the work on one document, and on no other; the document has its final state already."""


def require_wanted(services: Services, document: LedgerDocument) -> None:
    """Raises NoLongerWanted. One small query: cheap enough for each page.

    Stages ask before they work on a document, before each page of it, and once more when they have written: what they
    wrote of one that was erased meanwhile goes too.
    """
    current = services.ledger.document(document.id)
    if current is None or current.erased_at is not None:
        sweep(services.database, services.store, document)
        raise NoLongerWanted
    if not current.is_wanted:
        raise NoLongerWanted
