"""Questions to services that may hang: in threads of their own, and not for long."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio.to_thread
from anyio import CapacityLimiter, fail_after

T = TypeVar("T")

_TIMEOUT_SECONDS = 2
_threads = CapacityLimiter(8)
"""Those that hang on a dead service must not take the threads of requests."""


async def in_own_thread(question: Callable[[], T]) -> T:
    return await anyio.to_thread.run_sync(question, abandon_on_cancel=True, limiter=_threads)


async def in_time(answer: Awaitable[T]) -> T:
    """Raises TimeoutError."""
    with fail_after(_TIMEOUT_SECONDS):
        return await answer
