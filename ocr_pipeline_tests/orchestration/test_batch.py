"""What a run does with a batch: everything once, and nothing twice."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from hashlib import sha256
from threading import Barrier

import cv2
import numpy as np
import pytest
import redis.asyncio
from botocore.exceptions import EndpointConnectionError

from ocr_pipeline import pipeline
from ocr_pipeline.documents.model import DocumentText, NormalizedPageInfo, Page, State
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.beginnings import Beginnings
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.storage.results import Published, Results, WaitingResults
from ocr_pipeline.storage.tables import load_outcome, read_batch
from ocr_pipeline_tests.orchestration.batch_runs import Batches


def states(services: Services, batch: str) -> dict[str, State]:
    return {document.file: document.state for document in services.ledger.batch_documents(batch)}


def outcome(services: Services, document: LedgerDocument) -> Outcome:
    """What the tables say of it."""
    return load_outcome(services.database, document, services.settings.result_seconds)


def published(services: Services, document: LedgerDocument) -> Outcome:
    """What Redis says of it."""

    async def get() -> bytes | None:
        async with redis.asyncio.Redis.from_url(services.settings.redis_url.get_secret_value()) as client:
            return await WaitingResults(client).get(document.tenant, document.id)

    return Outcome.model_validate_json(asyncio.run(get()) or b"")


def nothing_read(infos: Iterable[NormalizedPageInfo]) -> DocumentText:
    """What an engine makes of empty pages."""
    return DocumentText(
        pages=tuple(
            Page(number=info.number, width=info.original_width, height=info.original_height, source="none", lines=())
            for info in infos
        )
    )


def test_a_batch_ends_in_the_tables(batches: Batches) -> None:
    batch = batches.of_samples(2, seed=61)

    shown = batches.run(batch)

    assert set(states(batches.services, batch).values()) <= {State.ACCEPTED, State.NEEDS_REVIEW}
    ids = [document.id for document in batches.services.ledger.batch_documents(batch)]
    written = read_batch(batches.services.database, ids)
    assert sorted(row["document_id"] for row in written.documents) == sorted(ids)
    assert shown["ocr_text"]["computed now"] == 2


def test_running_a_batch_again_computes_nothing_and_changes_nothing(batches: Batches) -> None:
    batch = batches.of_samples(2, seed=62)
    batches.run(batch)
    before = batches.services.ledger.batch_documents(batch)

    shown = batches.run(batch)

    for stage in ("raw_images", "normalized_images", "ocr_text", "structured_records"):
        assert (shown[stage]["computed now"], shown[stage]["reused"]) == (0, 2)
    after = batches.services.ledger.batch_documents(batch)
    assert [(d.id, d.state, d.sha256) for d in after] == [(d.id, d.state, d.sha256) for d in before]


def test_the_same_bytes_cost_once_whoever_sends_them(batches: Batches) -> None:
    first = batches.of_samples(1, seed=63)
    batches.run(first)

    again = batches.of_samples(1, seed=63)

    assert batches.run(again)["ocr_text"]["computed now"] == 0
    (one,), (other,) = map(batches.services.ledger.batch_documents, (first, again))
    stored = [outcome(batches.services, document) for document in (one, other)]
    assert (stored[0].duplicate_of, stored[1].duplicate_of) == (None, one.id)
    assert stored[1].state is State.NEEDS_REVIEW
    assert stored[1].fields == stored[0].fields


def test_what_is_published_is_what_stands_in_the_tables(batches: Batches) -> None:
    """Also of a document whose earlier duplicate is read after it."""
    earlier, later = batches.of_samples(1, seed=72), batches.of_samples(1, seed=72)
    services = batches.services

    for batch in (later, earlier):
        batches.run(batch)

    documents = [document for batch in (earlier, later) for document in services.ledger.batch_documents(batch)]
    stored = [outcome(services, document) for document in documents]
    assert [outcome.duplicate_of for outcome in stored] == [None, documents[0].id]
    assert [published(services, document) for document in documents] == stored


def test_what_another_batch_changes_before_a_result_is_published_is_published_too(
    batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier, later = batches.of_samples(1, seed=73), batches.of_samples(1, seed=73)
    services = batches.services
    publish = Results.publish

    def let_the_earlier_come_first(results: Results, told: Sequence[Published]) -> None:
        monkeypatch.setattr(Results, "publish", publish)
        batches.run(earlier)
        publish(results, told)

    monkeypatch.setattr(Results, "publish", let_the_earlier_come_first)
    batches.run(later)

    (first,), (second,) = map(services.ledger.batch_documents, (earlier, later))
    told = published(services, second)
    assert (told.state, told.duplicate_of) == (State.NEEDS_REVIEW, first.id)
    assert told == outcome(services, second)


def test_a_run_that_breaks_off_in_the_middle_resumes_there(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = batches.of_samples(3, seed=64)
    read_pages, calls = pipeline.read_pages, []

    def breaks_off_at_the_third(*arguments: object, **named: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise EndpointConnectionError(endpoint_url="http://s3")
        return read_pages(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "read_pages", breaks_off_at_the_third)
    with pytest.raises(EndpointConnectionError):
        batches.run(batch)
    assert set(states(batches.services, batch).values()) == {State.PROCESSING}

    shown = batches.run(batch)

    assert (shown["ocr_text"]["reused"], shown["ocr_text"]["computed now"]) == (2, 1)
    assert set(states(batches.services, batch).values()) <= {State.ACCEPTED, State.NEEDS_REVIEW}


def test_an_engine_that_crashes_on_a_document_rejects_only_that_one_and_a_second_try_heals(
    batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = batches.of_samples(2, seed=65)
    read_pages, calls = pipeline.read_pages, []

    def crashes_once(*arguments: object, **named: object) -> object:
        calls.append(1)
        if len(calls) == 1:
            raise MemoryError
        return read_pages(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "read_pages", crashes_once)
    batches.run(batch)
    documents = batches.services.ledger.batch_documents(batch)
    (reason,) = [document.reason for document in documents if document.reason is not None]
    assert (reason.code, reason.retryable) == ("processing_failed", True)
    assert sorted(document.state is State.REJECTED for document in documents) == [False, True]

    batches.run(batch)

    healed = batches.services.ledger.batch_documents(batch)
    assert [(document.state.is_final, document.reason) for document in healed] == [(True, None)] * 2


def test_a_bad_file_is_rejected_with_advice_beside_good_neighbours(batches: Batches) -> None:
    batch = batches.of_files({"empty.pdf": b"", "note.txt": b"no document"})

    shown = batches.run(batch)

    codes = {d.file: d.reason.code for d in batches.services.ledger.batch_documents(batch) if d.reason}
    assert codes == {"empty.pdf": "empty_file", "note.txt": "unsupported_type"}
    assert "empty_file" in shown["raw_images"]["rejections"]
    assert shown["validated_tables"]["rejected"] == 2


def test_the_same_bytes_under_two_names_have_each_their_own_refusal(batches: Batches) -> None:
    batch = batches.of_files({"list.pdf": b"some text", "notes.txt": b"some text"})

    batches.run(batch)

    codes = {d.file: d.reason.code for d in batches.services.ledger.batch_documents(batch) if d.reason}
    assert codes == {"list.pdf": "type_mismatch", "notes.txt": "unsupported_type"}


def test_documents_are_read_at_the_same_time(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = batches.of_samples(2, seed=70)
    both = Barrier(2, timeout=60)

    def waits_for_the_other(*_: object, infos: Iterable[NormalizedPageInfo], **__: object) -> DocumentText:
        both.wait()
        return nothing_read(infos)

    monkeypatch.setattr(pipeline, "read_pages", waits_for_the_other)

    assert batches.run(batch)["ocr_text"]["computed now"] == 2


def test_the_same_bytes_twice_in_a_batch_are_read_once(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    page = cv2.imencode(".png", np.full((300, 200, 3), 255, np.uint8))[1].tobytes()
    batch = batches.of_files({f"{number}.png": page for number in range(4)})
    calls = []

    def counts(*_: object, infos: Iterable[NormalizedPageInfo], **__: object) -> DocumentText:
        calls.append(1)
        return nothing_read(infos)

    monkeypatch.setattr(pipeline, "read_pages", counts)

    shown = batches.run(batch)["ocr_text"]

    assert len(calls) == 1
    assert (shown["computed now"], shown["reused"]) == (1, 3)


def test_a_document_that_keeps_ending_its_worker_is_rejected_and_its_neighbour_is_not(batches: Batches) -> None:
    batch = batches.of_samples(2, seed=67)
    first, second = batches.services.ledger.batch_documents(batch)
    for document in (first, first, first, second):
        Beginnings(batches.services.database).begin(document.id, "ocr_text")

    batches.run(batch)

    first, second = batches.services.ledger.batch_documents(batch)
    assert first.reason is not None
    assert "ended its worker 3 times" in first.reason.message
    assert second.state in {State.ACCEPTED, State.NEEDS_REVIEW}


def test_what_was_begun_when_a_worker_ended_is_read_alone_and_the_most_suspect_last(
    batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = batches.of_samples(4, seed=7101)
    documents = batches.services.ledger.batch_documents(batch)
    for document in (documents[0], documents[0], documents[2], documents[3]):
        Beginnings(batches.services.database).begin(document.id, "ocr_text")
    running: list[object] = []
    seen: list[tuple[str, int]] = []

    def looks_around(data: bytes, *_: object, infos: Iterable[NormalizedPageInfo], **__: object) -> DocumentText:
        running.append(data)
        time.sleep(0.1)
        seen.append((sha256(data).hexdigest(), len(running)))
        running.remove(data)
        return nothing_read(infos)

    monkeypatch.setattr(pipeline, "read_pages", looks_around)

    batches.run(batch)

    hashes = [document.sha256 for document in batches.services.ledger.batch_documents(batch)]
    assert seen == [(hashes[place], 1) for place in (1, 2, 3, 0)]
    assert Beginnings(batches.services.database).begun([batch]) == {}


def test_a_batch_can_be_run_again_when_the_inbox_was_emptied(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = batches.of_samples(1, seed=68)
    batches.run(batch)
    before = batches.services.ledger.batch_documents(batch)
    batches.empty_inbox()
    monkeypatch.setenv("OCR_MAX_PAGES", "400")
    get_settings.cache_clear()

    assert batches.run(batch)["ocr_text"]["computed now"] == 1
    assert [d.state for d in batches.services.ledger.batch_documents(batch)] == [d.state for d in before]


def test_a_file_that_was_replaced_before_it_was_read_is_not_read_as_the_old_one(batches: Batches) -> None:
    batch = batches.of_samples(1, seed=69)
    batches.replace_inbox(b"another file")

    batches.run(batch)

    (document,) = batches.services.ledger.batch_documents(batch)
    assert document.reason is not None
    assert document.reason.code == "file_missing"


def test_a_new_recognition_setting_computes_from_there_on(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = batches.of_samples(1, seed=66)
    batches.run(batch)
    monkeypatch.setenv("OCR_PDF_TEXT_LAYER", "false")
    get_settings.cache_clear()

    shown = batches.run(batch)

    assert shown["normalized_images"]["reused"] == 1
    assert shown["ocr_text"]["computed now"] == 1
    assert shown["structured_records"]["computed now"] == 1
