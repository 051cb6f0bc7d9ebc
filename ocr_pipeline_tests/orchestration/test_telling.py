"""What a run tells over Redis, and that it gets on without."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import redis.asyncio

from ocr_pipeline.documents.model import State
from ocr_pipeline.documents.options import Options
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.telling import publish
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.erasure import erase
from ocr_pipeline.storage.ledger_rows import Sender
from ocr_pipeline.storage.metrics import KEY
from ocr_pipeline.storage.page_quota import PageQuota
from ocr_pipeline.storage.results import Progress, Results, WaitingResults
from ocr_pipeline.storage.tables import load_outcome
from ocr_pipeline_tests.orchestration.batch_runs import Batches
from ocr_pipeline_tests.orchestration.test_options import pdf


def from_redis(services: Services, ask: Callable[[Any], Any]) -> Any:
    async def asked() -> Any:
        async with redis.asyncio.Redis.from_url(services.settings.redis_url.get_secret_value()) as client:
            return await ask(client)

    return asyncio.run(asked())


def counted(services: Services) -> float:
    """Documents that were counted as finished."""
    counts = from_redis(services, lambda client: client.hgetall(KEY))
    return sum(float(count) for name, count in counts.items() if name.startswith(b"documents:"))


def test_the_progress_of_each_stage_is_told(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    tell_progress, told = Results.tell_progress, []

    def listen(results: Results, batch: str, stage: str, done: int, total: int) -> None:
        told.append((stage, done, total))
        tell_progress(results, batch, stage, done, total)

    monkeypatch.setattr(Results, "tell_progress", listen)
    batch = batches.of_files({"a.pdf": pdf("Total 12.50"), "b.txt": b"no document"})

    batches.run(batch)

    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == list(batches.services.versions())
    for stage in stages:
        mine = [(done, total) for name, done, total in told if name == stage]
        assert mine == sorted(mine)
        assert mine[-1] == (2, 2)
    progress = from_redis(batches.services, lambda client: WaitingResults(client).progress(batch))
    assert progress == Progress("validated_tables", 2, 2)


def test_what_was_erased_before_it_was_published_is_not_told(batches: Batches) -> None:
    services = batches.services
    batch = batches.of_files({"a.txt": b"no document"})
    batches.run(batch)
    (document,) = services.ledger.batch_documents(batch)
    outcome = load_outcome(services.database, document, services.settings.result_seconds)

    def told() -> bytes | None:
        found: bytes | None = from_redis(services, lambda it: WaitingResults(it).get(document.tenant, document.id))
        return found

    publish(services, batch, document.tenant, [outcome])
    assert told() is not None
    erase(services.database, services.store, document)
    publish(services, batch, document.tenant, [outcome])
    assert told() is None


def test_whoever_waits_for_the_batch_is_woken(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    ring, rung = Results.ring, []

    def listen(results: Results, batch: str) -> None:
        status = batches.services.ledger.batch(batch)
        assert status is not None
        rung.append((batch, status.finished_at is not None))
        ring(results, batch)

    monkeypatch.setattr(Results, "ring", listen)
    batch = batches.of_files({"a.pdf": pdf("Total 12.50")})

    batches.run(batch)

    assert rung == [(batch, True)]


def test_each_document_is_counted_once_when_it_is_finished(batches: Batches) -> None:
    services = batches.services
    before = counted(services)
    batch = batches.of_files({"a.pdf": pdf("Total 12.50"), "b.txt": b"no document"})

    batches.run(batch)

    assert counted(services) == before + 2


def test_a_sender_is_charged_for_the_pages_that_it_wants_and_only_once(
    batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    charged: list[tuple[object, ...]] = []
    monkeypatch.setattr(PageQuota, "charge", lambda _, *what: charged.append(what))
    file = {"a.pdf": pdf("one", "two", "three")}
    somebody = batches.of_files(file, Sender("acme", "ann", options=Options(pages="2-")))
    nobody = batches.of_files(file)

    for batch in (somebody, nobody, somebody):
        batches.run(batch)

    assert charged == [("ann", 2, "acme")]


def test_a_run_without_redis_ends_as_any_other(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    services = batches.services
    batch = batches.of_files({"a.pdf": pdf("one")}, Sender("acme", "ann"))
    monkeypatch.setenv("OCR_REDIS_URL", "redis://127.0.0.1:1")
    get_settings.cache_clear()

    batches.run(batch)

    (document,) = services.ledger.batch_documents(batch)
    assert document.state is State.NEEDS_REVIEW
    assert document.pages == 1
