from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from pydantic import SecretStr

from ocr_pipeline.storage.answers import Answers, open_answers
from ocr_pipeline.structuring.language_model.cache import AnswerCache
from ocr_pipeline_tests.conftest import Services

AWAY = "redis://127.0.0.1:1/0"


@pytest.fixture
def client(services: Services) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(services.settings.redis_url.get_secret_value()) as client:
        yield client


def test_an_answer_is_kept_for_all_who_ask_the_same(services: Services) -> None:
    answers: AnswerCache = open_answers(services.settings)
    assert answers.get("asked never") is None
    answers.put("asked once", '{"vendor_name": "Café Grün"}')
    assert answers.get("asked once") == '{"vendor_name": "Café Grün"}'
    assert Answers(redis.Redis.from_url(services.settings.redis_url.get_secret_value())).get("asked once")
    answers.put("asked once", "")
    assert answers.get("asked once") == ""
    answers.put("asked once", "half of a pair: \ud83d")
    assert answers.get("asked once") == "half of a pair: ?"


def test_an_answer_is_forgotten_after_its_lifetime(client: "redis.Redis") -> None:
    Answers(client, timedelta(seconds=100)).put("mortal", "answer")
    assert 90 < float(client.ttl("ocr:answer:mortal")) <= 100
    client.delete("ocr:answer:mortal")
    assert Answers(client).get("mortal") is None


def test_without_redis_nothing_is_known_and_nothing_fails(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    answers = open_answers(services.settings.model_copy(update={"redis_url": SecretStr(AWAY)}))
    for _ in range(3):
        answers.put("key", "answer")
        assert answers.get("key") is None
    assert len(caplog.records) == 1


def test_every_outage_is_told_once(client: "redis.Redis", caplog: pytest.LogCaptureFixture) -> None:
    class Flaky(redis.Redis):
        """Away while `down`."""

        down = False

        def execute_command(self, *args: object, **options: object) -> object:
            if self.down:
                raise redis.ConnectionError("gone")
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # redis has no types here

    flaky = Flaky(connection_pool=client.connection_pool)
    answers = Answers(flaky)
    for down in (True, True, False, True):
        flaky.down = down
        answers.put("key", "answer")
        assert answers.get("key") == (None if down else "answer")
    assert len(caplog.records) == 2


def test_a_full_redis_costs_no_document(client: "redis.Redis", caplog: pytest.LogCaptureFixture) -> None:
    class Full(redis.Redis):
        def set(self, *args: object, **options: object) -> object:  # type: ignore[override]  # refuses whatever comes
            raise redis.exceptions.OutOfMemoryError("command not allowed when used memory > 'maxmemory'")

    Answers(Full(connection_pool=client.connection_pool)).put("key", "answer")
    assert len(caplog.records) == 1
