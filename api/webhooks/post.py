"""One attempt to deliver."""

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

import httpcore

from api.webhooks.connection import CheckedBackend
from api.webhooks.policy import Policy, Target, WebhookRefusedError
from ocr_pipeline.storage.deliveries import Attempt, Failure

LONGEST_SECONDS = 30.0
"""From the look-up of the name to the status of the answer."""
_CONNECT_SECONDS = 10.0
"""Until there is a connection, and as long again until it is encrypted."""
_MOST_READ = 8_192
"""Bytes of the answer. It tells nothing; but some receivers take it for a failure if nobody listens to the end."""
_READ_SECONDS = 1.0


class Posted(NamedTuple):
    attempt: Attempt
    retry_after: str | None = None
    """The header, as it came."""


async def post(
    target: Target, headers: Mapping[str, str], body: bytes, *, policy: Policy, tls: ssl.SSLContext
) -> Posted:
    """Sends the body once, over a connection of its own. Follows no redirect, and uses no proxy. Raises nothing."""
    at = datetime.now(UTC)
    began = time.monotonic()
    status, error, retry_after = None, None, None
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            status, retry_after = await _exchange(target, headers, body, policy, tls)
        error = None if 200 <= status < 300 else Failure.STATUS
    except _ERRORS as reason:
        error = _failure(reason)
    seconds = round(time.monotonic() - began, 3)
    return Posted(Attempt(at, seconds, status, error), retry_after)


_ERRORS = (
    WebhookRefusedError,
    OSError,  # TimeoutError and gaierror among them
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
)


async def _exchange(
    target: Target, headers: Mapping[str, str], body: bytes, policy: Policy, tls: ssl.SSLContext
) -> tuple[int, str | None]:
    url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
    timeouts = {"connect": _CONNECT_SECONDS, "read": LONGEST_SECONDS, "write": LONGEST_SECONDS}
    connection = httpcore.AsyncHTTPConnection(
        url.origin, ssl_context=tls, network_backend=CheckedBackend(target, policy)
    )
    try:
        async with connection.stream(
            "POST", url, headers=list(headers.items()), content=body, extensions={"timeout": timeouts}
        ) as response:
            await _read_some(response)
            after = {name.lower(): value for name, value in response.headers}.get(b"retry-after")
            return response.status, None if after is None else after.decode("latin-1")
    finally:
        await connection.aclose()


async def _read_some(response: httpcore.Response) -> None:
    """The status says what came of it, so nothing that happens here changes that."""
    left = _MOST_READ
    with suppress(httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, TimeoutError):
        async with asyncio.timeout(_READ_SECONDS):
            async for chunk in response.aiter_stream():
                left -= len(chunk)
                if left <= 0:
                    return


def _failure(error: Exception) -> Failure:
    if isinstance(error, WebhookRefusedError):
        return Failure.ADDRESS
    if isinstance(error, socket.gaierror):
        return Failure.NAME
    if isinstance(error, TimeoutError | httpcore.TimeoutException):
        return Failure.TIMEOUT
    if isinstance(error, httpcore.ProtocolError):
        return Failure.ANSWER
    return Failure.TLS if isinstance(error.__cause__, ssl.SSLError) else Failure.CONNECTION
