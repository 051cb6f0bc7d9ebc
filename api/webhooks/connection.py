"""Connections to addresses that were looked at just before, and to no others."""

import socket
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address

import anyio.to_thread
import httpcore
from anyio import CapacityLimiter

from api.webhooks.policy import Address, Policy, Target

_threads = CapacityLimiter(16)
"""Threads of name look-ups alone: those that hang on a dead name server must not take the threads of requests."""


class CheckedBackend(httpcore.AnyIOBackend):
    """Opens connections for one target.

    A name is looked up once, here: were it looked up for the check and again for the connection, whoever owns the name
    could answer twice differently. No connection is even tried, were it only to see who listens there, unless all
    addresses of the name are allowed.
    """

    def __init__(self, target: Target, policy: Policy) -> None:
        self._target = target
        self._policy = policy

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Takes `timeout` seconds at most, the look-up among them.

        Raises WebhookRefusedError, TimeoutError, and `socket.gaierror` where the name is not known.
        """
        with anyio.fail_after(timeout):
            addresses = await _addresses(host, port)
            for address in addresses:
                self._policy.check_address(self._target, address)
            each = None if timeout is None else timeout / len(addresses)
            *others, last = addresses
            for address in others:
                with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                    return await super().connect_tcp(str(address), port, each, local_address, socket_options)
            return await super().connect_tcp(str(last), port, each, local_address, socket_options)


async def _addresses(host: str, port: int) -> list[Address]:
    def look_up() -> list[Address]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))

    return await anyio.to_thread.run_sync(look_up, abandon_on_cancel=True, limiter=_threads)
