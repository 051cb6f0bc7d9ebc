import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import redis
import redis.asyncio
from pydantic import SecretStr

from ocr_pipeline.documents.model import State
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.results import WaitingResults, open_results
from ocr_pipeline_tests.conftest import Services
from ocr_pipeline_tests.storage.made import REJECTION, verdict


@asynccontextmanager
async def waiting(settings: Settings) -> AsyncIterator[WaitingResults]:
    async with redis.asyncio.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        yield WaitingResults(client)


def test_publishing_wakes_who_waits_for_that_document(services: Services) -> None:
    awaited, other = (Outcome.of(id_, "a.png", verdict()) for id_ in ("awaited", "other"))

    async def wait() -> tuple[Outcome | None, float]:
        async with waiting(services.settings) as results:
            waiter = asyncio.create_task(results.wait("awaited", seconds=20))
            await asyncio.sleep(0.2)
            open_results(services.settings).publish([other])
            await asyncio.sleep(0.2)
            assert not waiter.done()
            began = time.monotonic()
            open_results(services.settings).publish([awaited])
            return await waiter, time.monotonic() - began

    outcome, seconds = asyncio.run(wait())
    assert outcome == awaited
    assert seconds < 1


def test_who_comes_late_gets_it_at_once(services: Services) -> None:
    outcome = Outcome.of("late", "a.png", REJECTION)
    open_results(services.settings).publish([outcome])

    async def ask() -> list[Outcome | None]:
        async with waiting(services.settings) as results:
            return [await results.wait("late", 20), await results.wait("late", 0), await results.get("late")]

    began = time.monotonic()
    assert asyncio.run(ask()) == [outcome] * 3
    assert time.monotonic() - began < 2


def test_who_waits_in_vain_gets_nothing_when_the_time_is_up(services: Services) -> None:
    async def ask() -> list[Outcome | None]:
        async with waiting(services.settings) as results:
            return [await results.wait("never", 0.3), await results.wait("never", 0), await results.get("never")]

    began = time.monotonic()
    assert asyncio.run(ask()) == [None, None, None]
    assert 0.3 <= time.monotonic() - began < 2


def test_a_result_of_another_release_is_unknown(services: Services) -> None:
    """The tables have it in their present form."""
    stored = Outcome.of("old", "a.png", verdict()).model_dump(mode="json")
    del stored["evidence"]["total"]["support"]  # as the first release wrote it
    with redis.Redis.from_url(services.settings.redis_url.get_secret_value()) as client:
        client.set("ocr:result:old", json.dumps(stored))

    async def ask() -> Outcome | None:
        async with waiting(services.settings) as results:
            return await results.get("old")

    assert asyncio.run(ask()) is None


def test_a_result_lives_as_long_as_the_settings_say(services: Services) -> None:
    settings = services.settings.model_copy(update={"result_seconds": 100})
    open_results(settings).publish([Outcome(id="mortal", file="a.png", state=State.ACCEPTED)])
    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        assert 90 < float(client.ttl("ocr:result:mortal")) <= 100


def test_a_redis_that_is_away_is_not_reachable(services: Services) -> None:
    async def reachable(settings: Settings) -> bool:
        async with waiting(settings) as results:
            return await results.is_reachable()

    away = services.settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1/0")})
    assert asyncio.run(reachable(services.settings))
    assert not asyncio.run(reachable(away))
