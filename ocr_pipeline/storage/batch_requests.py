"""Which request a batch came by."""

from collections.abc import Sequence

from sqlalchemy import Engine, func, select

from ocr_pipeline.storage.schema import batches, ledger

REQUEST_TAG = "ocr-request/"
"""Begins the tag of a run that names a request; its value is the id of what the request entered."""


def request_tags(engine: Engine, keys: Sequence[str]) -> dict[str, dict[str, str]]:
    """By batch, the tag of the one request that its documents came by; empty where there is none, or several."""
    request, subject = ledger.c.request_id, batches.c.subject
    one = (
        select(ledger.c.batch, func.min(request).label("request"), func.min(ledger.c.id).label("document"), subject)
        .join_from(ledger, batches, batches.c.key == ledger.c.batch)
        .where(ledger.c.batch.in_(keys))
        .group_by(ledger.c.batch, batches.c.key)
        .having(func.min(request) == func.max(request), func.count() == func.count(request))
    )
    tags: dict[str, dict[str, str]] = {key: {} for key in keys}
    with engine.connect() as connection:
        for row in connection.execute(one):
            # A request that a subject sent as a batch entered that; one of a single file, its document.
            tags[row.batch] = {f"{REQUEST_TAG}{row.request}": row.document if row.subject is None else row.batch}
    return tags
