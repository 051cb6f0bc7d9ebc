import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from ocr_pipeline.structuring.language_model.batches import Batches


def _echo(items: Sequence[str]) -> list[str]:
    return list(items)


def test_who_asks_together_is_answered_together() -> None:
    sizes: list[int] = []

    def work(items: Sequence[int]) -> list[int]:
        sizes.append(len(items))
        return [item * 2 for item in items]

    batches = Batches(work, most=8)
    together = threading.Barrier(20)

    def ask(number: int) -> int:
        together.wait()
        return batches.ask(number)

    with ThreadPoolExecutor(20) as threads:
        assert list(threads.map(ask, range(20))) == [number * 2 for number in range(20)]
    assert max(sizes) == 8
    assert len(sizes) < 8


def test_one_alone_is_answered() -> None:
    assert Batches(_echo, most=8).ask("a") == "a"


def test_a_failure_reaches_all_that_wait_and_no_later_one() -> None:
    def work(items: Sequence[str]) -> list[str]:
        if "bad" in items:
            raise ValueError(items)
        return list(items)

    batches = Batches(work, most=4)
    with pytest.raises(ValueError, match="bad"):
        batches.ask("bad")
    assert batches.ask("good") == "good"
