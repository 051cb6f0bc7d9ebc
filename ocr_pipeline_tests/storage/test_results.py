import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
import redis
import redis.asyncio
from pydantic import SecretStr

from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.results import Progress, Published, Results, WaitingResults, open_results
from ocr_pipeline_tests.conftest import Services
from ocr_pipeline_tests.storage.made import REJECTION, verdict

T = TypeVar("T")
TENANT = "a"


@pytest.fixture
def results(services: Services) -> Results:
    return open_results(services.settings)


@asynccontextmanager
async def waiting(settings: Settings) -> AsyncIterator[WaitingResults]:
    async with (
        redis.asyncio.Redis.from_url(settings.redis_url.get_secret_value()) as client,
        WaitingResults(client) as results,
    ):
        yield results


def ask(services: Services, question: Callable[[WaitingResults], Awaitable[T]]) -> T:
    async def ask() -> T:
        async with waiting(services.settings) as results:
            return await question(results)

    return asyncio.run(ask())


def outcome(id_: str, **changes: object) -> Outcome:
    return Outcome.of(id_, "a.png", verdict()).model_copy(update=changes)


def ttl(services: Services, id_: str) -> int:
    with redis.Redis.from_url(services.settings.redis_url.get_secret_value()) as client:
        (key,) = client.keys(f"ocr:result:*:{id_}")
        return int(client.ttl(key))


def test_publishing_wakes_who_waits_for_that_document(services: Services, results: Results) -> None:
    awaited, other = outcome("awaited"), outcome("other")

    async def wait(waiting: WaitingResults) -> tuple[bytes | None, float]:
        waiter = asyncio.create_task(waiting.wait(TENANT, "awaited", seconds=20))
        await asyncio.sleep(0.2)
        results.publish([Published(TENANT, other), Published("b", awaited)])
        await asyncio.sleep(0.2)
        assert not waiter.done()
        began = time.monotonic()
        results.publish([Published(TENANT, awaited)])
        return await waiter, time.monotonic() - began

    found, seconds = ask(services, wait)
    assert found == awaited.model_dump_json().encode()
    assert seconds < 1


def test_who_comes_late_gets_it_at_once(services: Services, results: Results) -> None:
    late = Outcome.of("late", "a.png", REJECTION)
    results.publish([Published(TENANT, late)])

    async def look(waiting: WaitingResults) -> list[bytes | None]:
        return [await waiting.wait(TENANT, "late", 20), await waiting.wait(TENANT, "late", 0)]

    began = time.monotonic()
    assert ask(services, look) == [late.model_dump_json().encode()] * 2
    assert time.monotonic() - began < 2


def test_who_waits_in_vain_gets_nothing_when_the_time_is_up(services: Services) -> None:
    async def look(waiting: WaitingResults) -> list[bytes | None]:
        return [await waiting.wait(TENANT, "never", 0.3), await waiting.wait(TENANT, "never", 0)]

    began = time.monotonic()
    assert ask(services, look) == [None, None]
    assert 0.3 <= time.monotonic() - began < 2


def test_another_tenants_outcome_is_not_there(services: Services, results: Results) -> None:
    results.publish([Published("b", outcome("of b"))])
    assert ask(services, lambda waiting: waiting.get(TENANT, "of b")) is None


@pytest.mark.parametrize(
    ("left", "kept"),
    [(timedelta(seconds=100), 100), (timedelta(days=7), 86_400), (None, 86_400)],
    ids=["soon", "in a week", "nobody knows"],
)
def test_an_outcome_lives_until_it_expires_but_a_day_at_most(
    services: Services, results: Results, left: timedelta | None, kept: int
) -> None:
    id_ = f"mortal-{kept}-{left}"
    results.publish([Published(TENANT, outcome(id_, expires_at=left and datetime.now(UTC) + left))])
    assert kept - 10 < ttl(services, id_) <= kept


def test_an_expired_outcome_is_not_kept(services: Services, results: Results) -> None:
    old = outcome("old", expires_at=datetime.now(UTC) - timedelta(seconds=1))
    results.publish([Published(TENANT, old)])

    async def put_back(waiting: WaitingResults) -> bytes | None:
        await waiting.put_back(TENANT, old)
        return await waiting.get(TENANT, "old")

    assert ask(services, put_back) is None


def test_what_is_put_back_does_not_cover_what_is_newer(services: Services, results: Results) -> None:
    newer = outcome("again", duplicate_of="x")
    results.publish([Published(TENANT, newer)])

    async def put_back(waiting: WaitingResults) -> list[bytes | None]:
        await waiting.put_back(TENANT, outcome("again"))
        found = [await waiting.get(TENANT, "again")]
        await waiting.forget(TENANT, ["again"])
        await waiting.put_back(TENANT, newer)
        return [*found, await waiting.get(TENANT, "again")]

    assert ask(services, put_back) == [newer.model_dump_json().encode(), None]
    results.publish([Published(TENANT, newer)])
    assert ask(services, lambda waiting: waiting.get(TENANT, "again")) == newer.model_dump_json().encode()


def test_who_waits_for_what_is_erased_learns_it_at_once(services: Services, results: Results) -> None:
    async def wait(waiting: WaitingResults) -> bytes | None:
        waiter = asyncio.create_task(waiting.wait(TENANT, "erased", seconds=20))
        await asyncio.sleep(0.2)
        await waiting.forget(TENANT, ["erased"])
        # That it was cancelled is told before it is erased; whoever waits may come to look too late.
        results.publish([Published(TENANT, outcome("erased", expires_at=datetime.now(UTC)))])
        return await waiter

    began = time.monotonic()
    assert ask(services, wait) is None
    assert time.monotonic() - began < 3


def test_progress_is_told_to_who_follows_the_batch(services: Services, results: Results) -> None:
    async def follow(waiting: WaitingResults) -> tuple[list[bool], Progress | None, Progress | None]:
        rang = []
        with waiting.batch_bell("b1") as bell, waiting.any_batch_bell() as any_bell:
            await bell.wait(5)  # that it listens now
            await any_bell.wait(5)
            results.tell_progress("b1", "ocr_text", 3, 20)
            rang += [await bell.wait(5), await bell.wait(0.1), await any_bell.wait(0.1)]
            results.ring("b1")
            rang += [await bell.wait(5), await any_bell.wait(5)]
            results.ring("b2")
            rang += [await bell.wait(0.1), await any_bell.wait(5)]
        return rang, await waiting.progress("b1"), await waiting.progress("b2")

    rang, of_b1, of_b2 = ask(services, follow)
    assert rang == [True, False, False, True, True, False, True]
    assert (of_b1, of_b2) == (Progress("ocr_text", 3, 20), None)


def test_who_waits_looks_again_when_the_connection_broke(services: Services, results: Results) -> None:
    """What rang meanwhile was not heard."""

    async def wait(waiting: WaitingResults) -> tuple[bytes | None, float]:
        waiter = asyncio.create_task(waiting.wait(TENANT, "unheard", seconds=20))
        await asyncio.sleep(0.3)
        with redis.Redis.from_url(services.settings.redis_url.get_secret_value()) as client:
            client.set(_key_of("unheard", client), outcome("unheard").model_dump_json(), ex=60)
            assert not waiter.done()
            client.client_kill_filter(_type="pubsub")
        began = time.monotonic()
        return await waiter, time.monotonic() - began

    found, seconds = ask(services, wait)
    assert found == outcome("unheard").model_dump_json().encode()
    assert seconds < 3


def _key_of(id_: str, client: "redis.Redis") -> str:
    """By the key of another outcome."""
    Results(client).publish([Published(TENANT, outcome("known"))])
    (key,) = client.keys("ocr:result:*:known")
    return (key if isinstance(key, str) else key.decode()).removesuffix("known") + id_


def test_a_result_of_another_release_is_unknown(services: Services) -> None:
    """The tables have it in their present form."""
    stored = outcome("foreign").model_dump(mode="json")
    del stored["evidence"]["total"]["support"]  # as the first release wrote it
    with redis.Redis.from_url(services.settings.redis_url.get_secret_value()) as client:
        client.set("ocr:result:foreign", json.dumps(stored))
        client.set(f"ocr:result:00000000:{TENANT}:foreign", json.dumps(stored))
    assert ask(services, lambda waiting: waiting.get(TENANT, "foreign")) is None


def test_a_redis_that_is_away_is_not_reachable(services: Services) -> None:
    async def reachable(settings: Settings) -> bool:
        async with waiting(settings) as results:
            return await results.is_reachable()

    away = services.settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1/0")})
    assert asyncio.run(reachable(services.settings))
    assert not asyncio.run(reachable(away))
