import threading
from collections.abc import Iterator

import pytest

from ocr_pipeline.cores import core_count
from ocr_pipeline.pages_ahead import map_ahead


def test_results_come_in_order() -> None:
    assert list(map_ahead(lambda number: number * number, range(20))) == [number * number for number in range(20)]


def test_several_items_are_worked_on_at_once() -> None:
    """Each waits for the other: one after the other they would never end."""
    meet = threading.Barrier(2, timeout=10)
    assert sorted(map_ahead(lambda _: meet.wait(), range(2))) == [0, 1]


def test_no_more_items_are_taken_than_are_worked_on() -> None:
    taken: list[int] = []

    def pages() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = map_ahead(lambda number: number, pages())
    assert next(results) == 0
    assert len(taken) <= core_count() + 1


def test_a_failure_is_raised_where_its_result_would_have_come() -> None:
    def work(number: int) -> int:
        if number == 2:
            raise ValueError("page 2 cannot be read")
        return number

    results = map_ahead(work, range(5))
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="page 2"):
        next(results)
