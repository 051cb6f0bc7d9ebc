import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from ocr_pipeline.recognition.ppocr.line_pool import LinePool


def test_answers_come_in_the_order_of_the_questions() -> None:
    pool = LinePool[str, str](lambda _, words: [word.upper() for word in words], len, threads=2)
    assert pool.read(["to", "be", "or", "not", "to", "be"]) == ["TO", "BE", "OR", "NOT", "TO", "BE"]
    assert pool.read([]) == []


def test_a_batch_has_one_width_and_a_size_that_is_a_power_of_two() -> None:
    batches: list[list[str]] = []

    def work(width: int, words: Sequence[str]) -> Sequence[str]:
        assert {len(word) for word in words} == {width}
        batches.append(list(words))
        return words

    LinePool(work, len, threads=1).read(["a"] * 21 + ["bb"] * 3)
    assert {len(batch) for batch in batches} <= {1, 2, 4, 8}
    assert sum(map(len, batches)) == 24
    assert max(map(len, batches)) == 8


def test_lines_of_several_pages_go_out_together() -> None:
    """While the first line is being read the pages' other lines gather, and are then read at once."""
    first_is_read = threading.Event()
    sizes: list[int] = []

    def work(_: int, words: Sequence[str]) -> Sequence[str]:
        sizes.append(len(words))
        first_is_read.wait(10)
        return words

    pool = LinePool(work, len, threads=1)
    with ThreadPoolExecutor(5) as pages:
        answers = [pages.submit(pool.read, ["x"])]
        while not sizes:
            threading.Event().wait(0.001)
        answers += [pages.submit(pool.read, ["y"]) for _ in range(4)]
        while sum(map(len, pool._waiting.values())) < 4:
            threading.Event().wait(0.001)
        first_is_read.set()
        assert [answer.result() for answer in answers] == [["x"], ["y"], ["y"], ["y"], ["y"]]
    assert sizes == [1, 4]


def test_a_failure_reaches_who_asked_and_nobody_else() -> None:
    def work(width: int, words: Sequence[str]) -> Sequence[str]:
        if width == 3:
            raise ValueError("cannot read this")
        return words

    pool = LinePool(work, len, threads=2)
    with pytest.raises(ValueError, match="cannot read this"):
        pool.read(["a", "bbb"])
    assert pool.read(["a", "bb"]) == ["a", "bb"]
