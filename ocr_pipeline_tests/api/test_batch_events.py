import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.bells import Bell
from ocr_pipeline.storage.results import WaitingResults, open_results
from ocr_pipeline_tests.api.finishing import finish
from ocr_pipeline_tests.api.test_batches import EMPTY, send


def events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name:
            event[name] = value
        elif not line and event:
            yield event
            event = {}


def test_events_tell_every_change_and_end_with_the_batch(api: httpx.Client, settings: Settings) -> None:
    sent = send(api)
    with api.stream("GET", f"{sent['location']}/events") as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        told = events(response.iter_lines())
        first = next(told)
        assert (first["event"], first["retry"]) == ("progress", "1000")
        assert json.loads(first["data"])["counts"] == {"waiting": 2}
        open_results(settings).tell_progress(sent["batch"], "ocr_text", 1, 2)
        assert json.loads(next(told)["data"])["progress"] == {"stage": "ocr_text", "done": 1, "total": 2}
        finish(settings, sent["batch"], EMPTY)
        *_, last = told
    assert (last["event"], json.loads(last["data"])["counts"]) == ("done", {"rejected": 2})
    assert last["id"] != first["id"]


def test_a_stream_ends_in_time_and_is_taken_up_again(serve: Callable[..., httpx.Client]) -> None:
    api = serve(wait_seconds=0.5)
    location = send(api)["location"]
    (only,) = events(iter(api.get(f"{location}/events").text.splitlines()))
    again = api.get(f"{location}/events", headers={"Last-Event-ID": only["id"]})
    assert list(events(iter(again.text.splitlines()))) == []
    other = api.get(f"{location}/events", headers={"Last-Event-ID": "another"})
    assert list(events(iter(other.text.splitlines()))) == [only]


def test_a_finished_batch_is_done_at_once_each_time(api: httpx.Client, settings: Settings) -> None:
    sent = send(api)
    finish(settings, sent["batch"], EMPTY)
    (done,) = events(iter(api.get(f"{sent['location']}/events").text.splitlines()))
    again = api.get(f"{sent['location']}/events", headers={"Last-Event-ID": done["id"]})
    assert list(events(iter(again.text.splitlines()))) == [done]


def test_changes_are_seen_without_bells(api: httpx.Client, settings: Settings, monkeypatch: Any) -> None:
    sent = send(api)
    monkeypatch.setattr(Bell, "ring", lambda _: None)
    with api.stream("GET", f"{sent['location']}/events") as response:
        told = events(response.iter_lines())
        next(told)
        finish(settings, sent["batch"], EMPTY)
        *_, last = told
    assert last["event"] == "done"


def test_whoever_leaves_is_not_listened_for(api: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    listening = threading.Event()
    left = threading.Event()
    real = WaitingResults.batch_bell

    @contextmanager
    def watched(results: WaitingResults, batch: str) -> Iterator[Bell]:
        with real(results, batch) as bell:
            listening.set()
            try:
                yield bell
            finally:
                left.set()

    monkeypatch.setattr(WaitingResults, "batch_bell", watched)
    location = send(api)["location"]
    with api.stream("GET", f"{location}/events") as response:
        told = events(response.iter_lines())  # httpx closes the response with what it gave out
        next(told)
        assert listening.is_set()
        assert not left.is_set()
    # Long before the stream would end by itself, after OCR_WAIT_SECONDS.
    assert left.wait(10)
