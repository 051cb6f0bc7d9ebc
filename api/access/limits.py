"""How many requests and pages a minute; counted in Redis, so all processes of the API and all workers count together.

By `limits`' sliding window counter: two counts a sender, those of this minute and of the one before, which fades out
while this one passes.
"""

import math
from typing import NamedTuple

from limits.aio.storage import RedisStorage
from limits.aio.storage.redis.bridge import RedisBridge
from redis.asyncio import ConnectionPool, Redis

from ocr_pipeline.storage.page_quota import KEY_PREFIX, page_limit
from ocr_pipeline.tokens import Claims

WINDOW_SECONDS = 60

_COUNT_AND_LOOK = f"""
local function count(KEYS, ARGV)
{RedisBridge.SCRIPT_ACQUIRE_SLIDING_WINDOW.decode()}
end
local function look(KEYS, ARGV)
{RedisBridge.SCRIPT_SLIDING_WINDOW.decode()}
end
local is_within = count(KEYS, ARGV)
return {{is_within and 1 or 0, unpack(look(KEYS, {{ARGV[2]}}))}}
"""
"""Two scripts of `limits` in one: every request is counted, and told what is left, in one round trip to Redis."""


class Counts(NamedTuple):
    """What a sliding window counter knows. The seconds are those until Redis drops a count."""

    previous: int
    previous_seconds: float
    current: int
    current_seconds: float
    """The current count is kept for one window longer, as the next one's previous."""


class Quota(NamedTuple):
    """Where a sender stands."""

    name: str
    limit: int
    remaining: int
    seconds: int
    """Until the window ends; where nothing remains, until something does."""
    is_within: bool


class RequestLimit:
    def __init__(self, connections: ConnectionPool, requests_per_minute: int) -> None:
        self._script = Redis(connection_pool=connections).register_script(_COUNT_AND_LOOK)
        self._limit = requests_per_minute

    async def count(self, claims: Claims) -> Quota:
        """Counts one request, unless there were too many. Raises redis.RedisError."""
        key = f"{KEY_PREFIX}:{{requests/{claims.tenant}/{claims.subject}}}"
        is_within, *counts = await self._script(keys=[f"{key}/-1", key], args=[self._limit, WINDOW_SECONDS, 1])
        previous, previous_milliseconds, current, current_milliseconds = (int(count or 0) for count in counts)
        found = Counts(previous, max(0, previous_milliseconds) / 1000, current, max(0, current_milliseconds) / 1000)
        return quota("requests", self._limit, found)._replace(is_within=bool(is_within))


class PageLimit:
    """`connections` stay the caller's to close: the storage of `limits` has no way to close its own."""

    def __init__(self, redis_url: str, connections: ConnectionPool, pages_per_minute: int) -> None:
        self._storage = RedisStorage(
            f"async+{redis_url}",
            implementation="redispy",
            key_prefix=KEY_PREFIX,
            connection_pool=connections,  # type: ignore[arg-type]  # handed on to redis-py as it is
        )
        self._limit = page_limit(pages_per_minute)

    async def look(self, claims: Claims) -> Quota:
        """What the workers charged. Raises redis.RedisError."""
        key = self._limit.key_for(claims.tenant, claims.subject)
        counts = Counts(*await self._storage.get_sliding_window(key, WINDOW_SECONDS))
        return quota("pages", self._limit.amount, counts)


def quota(name: str, limit: int, counts: Counts) -> Quota:
    fading = math.floor(counts.previous * counts.previous_seconds / WINDOW_SECONDS)
    remaining = max(0, limit - fading - counts.current)
    left = max(0.0, counts.current_seconds - WINDOW_SECONDS) if counts.current_seconds else counts.previous_seconds
    if remaining:
        seconds = math.ceil(left)
    elif counts.current < limit:
        # When so much of the previous count has faded out that one more has room.
        seconds = 1 + math.floor(counts.previous_seconds - (limit - counts.current) * WINDOW_SECONDS / counts.previous)
    else:
        # The same, once the current count is the previous one.
        seconds = 1 + math.floor(left + WINDOW_SECONDS - limit * WINDOW_SECONDS / counts.current)
    return Quota(name, limit, remaining, seconds, is_within=remaining > 0)
