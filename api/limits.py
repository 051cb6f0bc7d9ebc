"""How many requests a token's subject may make; counted in Redis, so all processes of the API count together."""

import math
import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool

from api.problems import RateLimitedError


class RateLimit:
    """`connections` stay the caller's to close: the storage of `limits` has no way to close its own."""

    def __init__(self, redis_url: str, connections: ConnectionPool, requests_per_minute: int) -> None:
        storage = RedisStorage(
            f"async+{redis_url}",
            implementation="redispy",
            key_prefix="ocr:rate",
            connection_pool=connections,  # type: ignore[arg-type]  # handed on to redis-py as it is
        )
        self._limiter = MovingWindowRateLimiter(storage)
        self._limit = RateLimitItemPerMinute(requests_per_minute)

    async def check(self, subject: str) -> None:
        """Counts one request. Raises RateLimitedError when the last minute had too many."""
        if not await self._limiter.hit(self._limit, subject):
            window = await self._limiter.get_window_stats(self._limit, subject)
            wait = max(1, math.ceil(window.reset_time - time.time()))
            raise RateLimitedError(self._limit.amount, wait)
