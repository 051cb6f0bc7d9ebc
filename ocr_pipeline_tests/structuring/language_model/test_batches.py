import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

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


def test_a_failure_reaches_who_asked_for_it_and_no_neighbour() -> None:
    sizes: list[int] = []

    def work(items: Sequence[int]) -> list[int]:
        sizes.append(len(items))
        if 3 in items:
            raise ValueError(items)
        return list(items)

    batches = Batches(work, most=6)
    together = threading.Barrier(6)

    def ask(number: int) -> int | str:
        together.wait()
        try:
            return batches.ask(number)
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(ask, range(6))) == [0, 1, 2, "[3]", 4, 5]
    assert max(sizes) > 1
    assert batches.ask(7) == 7
