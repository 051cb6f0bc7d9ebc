import redis
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from ocr_pipeline.storage.page_quota import KEY_PREFIX, PageQuota, page_limit
from ocr_pipeline_tests.conftest import Services


def test_pages_are_charged_in_full_to_one_sender(services: Services) -> None:
    url = services.settings.redis_url.get_secret_value()
    quota = PageQuota(url, 100)
    limiter = SlidingWindowCounterRateLimiter(RedisStorage(url, key_prefix=KEY_PREFIX))

    def remaining(tenant: str) -> int:
        return limiter.get_window_stats(page_limit(100), tenant, "charged").remaining

    assert remaining("default") == 100
    quota.charge("charged", 60)
    assert remaining("default") == 40
    quota.charge("charged", 500)
    assert remaining("default") == 0
    assert not limiter.test(page_limit(100), "default", "charged")
    assert remaining("acme") == 100
    quota.charge("charged", 1, "acme")
    assert remaining("acme") == 99


def test_counts_take_the_same_room_however_many_they_are(services: Services) -> None:
    url = services.settings.redis_url.get_secret_value()
    quota = PageQuota(url, 100)
    for _ in range(50):
        quota.charge("many", 7)
    with redis.Redis.from_url(url) as client:
        keys = list(client.scan_iter(f"{KEY_PREFIX}:*many*"))
        assert [client.get(key) for key in keys] == [b"350"]
        assert all(0 < client.ttl(key) <= 120 for key in keys)
