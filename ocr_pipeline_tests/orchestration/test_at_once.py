"""Tasks at once: how many, how long, and what a failure does."""

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from ocr_pipeline.orchestration.at_once import run_at_once


class Seen:
    """What tasks did, and how many of them at a time."""

    def __init__(self) -> None:
        self.ended: list[int] = []
        self.most = 0
        self._running = 0
        self._lock = threading.Lock()

    def task(self, number: int, meanwhile: Callable[[], object]) -> None:
        with self._lock:
            self._running += 1
            self.most = max(self.most, self._running)
        meanwhile()
        with self._lock:
            self._running -= 1
            self.ended.append(number)


def test_as_many_are_run_at_a_time_as_allowed_and_no_more() -> None:
    seen, together = Seen(), threading.Barrier(3, timeout=60)

    run_at_once([partial(seen.task, number, together.wait) for number in range(12)], 3, lambda: None, 60)

    assert sorted(seen.ended) == list(range(12))
    assert seen.most == 3


def test_one_at_a_time_keeps_the_order() -> None:
    seen = Seen()

    run_at_once([partial(seen.task, number, lambda: None) for number in range(4)], 1, lambda: None, 60)

    assert seen.ended == [0, 1, 2, 3]
    assert seen.most == 1


def test_after_a_failure_nothing_begins_and_what_runs_is_waited_for() -> None:
    seen, failing = Seen(), threading.Event()

    def fail() -> None:
        failing.set()
        raise ConnectionError("the bucket is away")

    def outlasts_the_failure() -> None:
        failing.wait(60)
        time.sleep(0.2)

    tasks: list[Callable[[], None]] = [partial(seen.task, 0, outlasts_the_failure), fail]
    tasks += [partial(seen.task, number, lambda: None) for number in range(2, 9)]
    with pytest.raises(ConnectionError, match="the bucket is away"):
        run_at_once(tasks, 2, lambda: None, 60)

    assert seen.ended == [0]


def test_how_far_it_is_is_told_now_and_then_by_the_thread_that_asked() -> None:
    seen, told = Seen(), list[threading.Thread]()

    run_at_once(
        [partial(seen.task, 0, lambda: time.sleep(0.35))], 2, lambda: told.append(threading.current_thread()), 0.1
    )

    assert told
    assert set(told) == {threading.current_thread()}
