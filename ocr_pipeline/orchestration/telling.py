"""What is told of a run over Redis: how far it is, and what became of its documents.

Postgres holds all that matters. While Redis is away a run goes on, and whoever waits reads the tables.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import redis

from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.storage.results import Published
from ocr_pipeline.storage.tables import changed_since
from ocr_pipeline.versions import Stage

_log = logging.getLogger(__name__)

_QUIET_SECONDS = 10.0
"""A Redis that cannot be reached takes seconds to say so: how far a run is can wait."""


class _Redis:
    away_until = 0.0
    """On the monotonic clock."""


def tell_progress(services: Services, batch: str, stage: Stage, done: int, total: int) -> None:
    """How many of the batch's documents have come through the stage; not told for a while where Redis was away."""
    if time.monotonic() < _Redis.away_until:
        return
    with _while_redis_is_there():
        services.results.tell_progress(batch, stage, done, total)


def charge_pages(services: Services, document: LedgerDocument, pages: int) -> None:
    """Counts a document's pages against what its sender may send; what came by the inbox is nobody's."""
    if document.subject is not None:
        with _while_redis_is_there():
            services.page_quota.charge(document.subject, pages, document.tenant)


def publish(
    services: Services, batch: str, tenant: str, own: Sequence[Outcome], others: Sequence[Outcome] = ()
) -> None:
    """Tells what became of the batch's own documents, and of others that changed with them.

    Until what is published is what stands in the tables: another batch may link a document in between, and somebody may
    erase it. They tell Redis too, but maybe before this does.
    """
    with _while_redis_is_there():
        outcomes = [*own, *others]
        while outcomes:
            services.results.publish([Published(tenant, outcome) for outcome in outcomes])
            changed = changed_since(services.database, services.ledger, outcomes, services.settings.result_seconds)
            services.results.forget(tenant, changed.gone)
            outcomes = changed.outcomes
        services.results.ring(batch)
        services.metrics.observe(own)


@contextmanager
def _while_redis_is_there() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        _Redis.away_until = time.monotonic() + _QUIET_SECONDS
        _log.warning("Redis is away: %s", error)
