"""Looking up what came of a document: in Redis first, else in the tables."""

from contextlib import suppress

import redis
from fastapi.concurrency import run_in_threadpool

from api.backends import Backends
from api.documents.access import find, require_fresh
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.storage.tables import load_outcome


async def outcome_json(backends: Backends, tenant: str, document_id: str, seconds: float) -> bytes:
    """The outcome of a tenant's document, in JSON. Waits so long for an unfinished one to be final.

    Raises PipelineError with NOT_FOUND where the tenant has no such document, and with GONE where it was erased or
    expired.
    """
    found = await backends.results.get(tenant, document_id)
    if found is not None:
        return found
    outcome = await _stored_outcome(backends, tenant, document_id)
    if not outcome.state.is_final and seconds > 0:
        found = await backends.results.wait(tenant, document_id, seconds)
        if found is not None:
            return found
        outcome = await _stored_outcome(backends, tenant, document_id)
    return outcome.model_dump_json().encode()


async def new_outcome_json(backends: Backends, tenant: str, document_id: str, seconds: float) -> bytes:
    """The same for a document that was entered right now, also while Redis is away: it is safely entered."""
    with suppress(redis.RedisError):
        found = await backends.results.wait(tenant, document_id, seconds)
        if found is not None:
            return found
    # Redis may have lost it.
    return (await _stored_outcome(backends, tenant, document_id)).model_dump_json().encode()


async def _stored_outcome(backends: Backends, tenant: str, document_id: str) -> Outcome:
    """What Redis no longer, or not yet, knows; from now on it does."""
    outcome = await run_in_threadpool(_load, backends, tenant, document_id)
    if outcome.state.is_final:
        with suppress(redis.RedisError):
            await backends.results.put_back(tenant, outcome)
    return outcome


def _load(backends: Backends, tenant: str, document_id: str) -> Outcome:
    document = find(backends.ledger, tenant, document_id)
    require_fresh(document, backends.settings.result_seconds)
    return load_outcome(backends.engine, document, backends.settings.result_seconds)
