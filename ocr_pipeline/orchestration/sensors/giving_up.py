"""The end of a batch that no run will finish."""

from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.telling import publish
from ocr_pipeline.storage.tables import load_outcome


def give_up(services: Services, batch: str, why: str) -> None:
    """Rejects the unfinished documents of a batch, and tells whoever waits for them."""
    reason = Rejection.of(ErrorCode.PROCESSING_FAILED, stage="run", detail=why)
    rejected = services.ledger.reject_unfinished(batch, reason, services.versions()["validated_tables"])
    seconds = services.settings.result_seconds
    outcomes = [load_outcome(services.database, document, seconds) for document in rejected]
    if rejected:
        publish(services, batch, rejected[0].tenant, outcomes)
