"""Whom documents come from."""

from asgi_correlation_id import correlation_id

from ocr_pipeline.documents.options import Options
from ocr_pipeline.storage.ledger_rows import Sender
from ocr_pipeline.tokens import Claims


def sender(caller: Claims, options: Options, webhook: str | None) -> Sender:
    """The caller of the request that is being answered."""
    return Sender(caller.tenant, caller.subject, correlation_id.get(), options, webhook)
