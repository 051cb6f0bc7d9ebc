"""Pages a minute: charged by the workers, which alone can count them, and asked for where documents are sent.

Redis keeps two counts a sender, those of this minute and of the one before, which fades out while this one passes:
`limits` calls it a sliding window counter. A file is known by its pages only once it was taken, so a charge always
counts in full, even over the limit; the sender then waits the longer.
"""

from limits import RateLimitItemPerMinute
from limits.storage import RedisStorage

KEY_PREFIX = "ocr:rate"
_NO_LIMIT = 2**53
"""The largest whole number that Redis's scripts count exactly."""


def page_limit(pages_per_minute: int) -> RateLimitItemPerMinute:
    return RateLimitItemPerMinute(pages_per_minute, namespace="pages")


class PageQuota:
    """Connects at the first charge, and again after Redis was away."""

    def __init__(self, redis_url: str, pages_per_minute: int) -> None:
        self._storage = RedisStorage(redis_url, key_prefix=KEY_PREFIX)
        self._limit = page_limit(pages_per_minute)

    def charge(self, subject: str, pages: int, tenant: str = "default") -> None:
        """Counts the pages that a sender's document has. Raises redis.RedisError."""
        key = self._limit.key_for(tenant, subject)
        self._storage.acquire_sliding_window_entry(key, _NO_LIMIT, self._limit.get_expiry(), pages)
