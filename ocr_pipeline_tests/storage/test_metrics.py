from collections.abc import Iterator

import pytest
import redis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis.strategies import floats, lists

from ocr_pipeline.documents.model import State
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.storage.metrics import KEY, Metrics, counted
from ocr_pipeline_tests.conftest import Services


@pytest.fixture
def client(services: Services) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(services.settings.redis_url.get_secret_value()) as client:
        yield client


def test_nothing_is_counted_at_first(client: "redis.Redis") -> None:
    client.delete(KEY)
    found = counted(client.hgetall(KEY))
    assert (found.documents, found.stages, found.confidence.buckets[-1]) == ({}, {}, (float("inf"), 0))


@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists(floats(0, 100), min_size=1, max_size=8))
def test_each_bucket_holds_what_is_not_above_its_end(client: "redis.Redis", seconds: list[float]) -> None:
    client.delete(KEY)
    outcomes = [
        Outcome(id=str(n), file="a", state=State.ACCEPTED, confidence=value / 100, seconds={"ocr_text": value})
        for n, value in enumerate(seconds)
    ]
    Metrics(client).observe(outcomes[:3])
    Metrics(client).observe(outcomes[3:])
    found = counted(client.hgetall(KEY))
    assert found.documents == {"accepted": len(seconds)}
    assert found.stages["ocr_text"].sum == pytest.approx(sum(seconds))
    for end, count in found.stages["ocr_text"].buckets:
        assert count == sum(value <= end for value in seconds)
    for end, count in found.confidence.buckets:
        assert count == sum(value / 100 <= end for value in seconds)
