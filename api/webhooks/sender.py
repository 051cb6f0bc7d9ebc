"""Sends what is due. Every process of the API has a sender, and they share the work by leases in Postgres.

One that is killed leaves its deliveries to the others, so a receiver may get one twice, with the same `webhook-id`.
"""

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import httpx
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from api.webhooks.payload import payload
from api.webhooks.policy import Policy, WebhookRefusedError, get_policy
from api.webhooks.post import LONGEST_SECONDS, Posted, post
from api.webhooks.schedule import seconds_to_next
from api.webhooks.signing import signed_headers
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.deliveries import Attempt, Deliveries, Delivery, Failure
from ocr_pipeline.webhook_secret import webhook_secret

LEASE_SECONDS = 2 * LONGEST_SECONDS
_AT_ONCE = 64
_PER_TENANT = 32
_PER_HOST = 8
"""At a time, in one process: so a slow receiver holds up its own deliveries and nobody else's."""
_LOOK = 200
"""Due deliveries looked at together: more than are sent at once, as some may have to wait for their host."""
_POLL_SECONDS = 1.0
_AWAY_SECONDS = 5.0
"""Before asking again a Postgres that does not answer."""
_LAST_SECONDS = 5.0
"""For what is on its way when the process is told to end."""

_log = logging.getLogger(__name__)


@asynccontextmanager
async def sending(engine: Engine, settings: Settings) -> AsyncIterator[None]:
    """Sends while entered. Raises PipelineError(INVALID_SETTING) for wrong settings of webhooks.

    Without a secret to sign with nothing is sent, and what is due waits for one.
    """
    policy = get_policy(settings)
    if webhook_secret(settings) is None:
        yield
        return
    sender = _Sender(engine, settings, policy)
    running = asyncio.create_task(sender.run())
    try:
        yield
    finally:
        await sender.end(running)


class _Sender:
    def __init__(self, engine: Engine, settings: Settings, policy: Policy) -> None:
        self._engine = engine
        self._settings = settings
        self._policy = policy
        self._deliveries = Deliveries(engine)
        self._tls: ssl.SSLContext = httpx.create_ssl_context()
        self._running: dict[asyncio.Task[None], Delivery] = {}
        self._is_ending = False
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Until the end, whatever happens."""
        while not self._is_ending:
            try:
                more = await self._start_due()
            except SQLAlchemyError as error:
                _log.warning("Webhooks wait for Postgres: %s", error)
                await self._pause(_AWAY_SECONDS)
            except Exception:  # noqa: BLE001 - logged; nobody would start it again
                _log.exception("Looking for webhooks to send failed")
                await self._pause(_AWAY_SECONDS)
            else:
                if not more:
                    await self._pause(_POLL_SECONDS)

    async def end(self, running: asyncio.Task[None]) -> None:
        """Lets what is on its way arrive, for a moment; the rest is sent again when its lease is over."""
        self._is_ending = True
        self._wake.set()
        await running
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=_LAST_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _start_due(self) -> bool:
        """Starts as many as may run; returns whether to look for more at once."""
        hosts = Counter(delivery.host for delivery in self._running.values())
        tenants = Counter(delivery.tenant for delivery in self._running.values())
        if len(self._running) >= _AT_ONCE:
            return False
        due = await run_in_threadpool(self._deliveries.due, _LOOK, _full(hosts, _PER_HOST), _full(tenants, _PER_TENANT))
        chosen: dict[str, Delivery] = {}
        for delivery in due:
            if len(self._running) + len(chosen) >= _AT_ONCE:
                break
            if hosts[delivery.host] < _PER_HOST and tenants[delivery.tenant] < _PER_TENANT:
                hosts[delivery.host] += 1
                tenants[delivery.tenant] += 1
                chosen[delivery.id] = delivery
        if not chosen:
            return False
        for id_ in await run_in_threadpool(self._deliveries.lease, list(chosen), LEASE_SECONDS):
            task = asyncio.create_task(self._deliver(chosen[id_]))
            self._running[task] = chosen[id_]
            task.add_done_callback(self._arrived)
        return len(due) == _LOOK

    async def _pause(self, seconds: float) -> None:
        """Until there may be room again, or for so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        self._wake.clear()

    def _arrived(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._wake.set()

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            await self._attempt(delivery)
        except SQLAlchemyError as error:
            _log.warning("Webhook %s waits for Postgres: %s", delivery.id, error)
        except Exception:  # noqa: BLE001 - logged; the others go on
            _log.exception("Sending the webhook %s failed; it is sent again", delivery.id)

    async def _attempt(self, delivery: Delivery) -> None:
        body = await run_in_threadpool(payload, self._engine, delivery, self._settings.result_seconds)
        posted = _nothing(Failure.GONE) if body is None else await self._post(delivery, body)
        attempt = posted.attempt
        if attempt.error is None:
            await run_in_threadpool(self._deliveries.delivered, delivery, attempt)
            return
        again_in = seconds_to_next(
            len(delivery.attempts) + 1,
            delivery.created_at + timedelta(hours=self._settings.webhook_hours),
            status=attempt.status,
            error=attempt.error,
            retry_after=posted.retry_after,
        )
        _log.info("Webhook %s: %s (status %s); again in %s s", delivery.id, attempt.error, attempt.status, again_in)
        await run_in_threadpool(self._deliveries.failed, delivery, attempt, again_in)

    async def _post(self, delivery: Delivery, body: str) -> Posted:
        try:
            # Read anew: the settings may be stricter than when it was submitted.
            target = self._policy.read(delivery.url)
        except WebhookRefusedError:
            return _nothing(Failure.ADDRESS)
        secret = webhook_secret(self._settings, delivery.tenant) or ""
        headers = signed_headers(target, secret, delivery.id, body, datetime.now(UTC))
        return await post(target, headers, body.encode(), policy=self._policy, tls=self._tls)


def _nothing(failure: Failure) -> Posted:
    """An attempt that ended before anything was sent."""
    return Posted(Attempt(datetime.now(UTC), 0.0, None, failure))


def _full(counts: Counter[str], limit: int) -> list[str]:
    return [name for name, count in counts.items() if count >= limit]
