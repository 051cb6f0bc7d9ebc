import os
from collections.abc import Iterator

import pytest

from benchmarks.isolation import WorkFailed, alone, peak_resident_bytes

ALL = os.sched_getaffinity(0)


def squares(most: int) -> Iterator[int]:
    for number in range(most):
        yield number**2


def fails() -> Iterator[int]:
    yield 1
    raise ValueError("the page\nwas torn")


def dies() -> Iterator[int]:
    yield 1
    os._exit(9)


def cpus() -> Iterator[set[int]]:
    yield os.sched_getaffinity(0)


def peak() -> Iterator[int]:
    yield peak_resident_bytes()


def test_what_the_work_yields_arrives_in_its_order() -> None:
    assert list(alone(ALL, squares, 4)) == [0, 1, 4, 9]


def test_a_failure_is_told_by_its_last_line() -> None:
    with pytest.raises(WorkFailed, match=r"^was torn$"):
        list(alone(ALL, fails))


def test_a_process_that_dies_is_told() -> None:
    with pytest.raises(WorkFailed, match="exit code 9"):
        list(alone(ALL, dies))


def test_the_work_is_held_to_its_cpus_and_we_are_not() -> None:
    one = {max(ALL)}
    assert list(alone(one, cpus)) == [one]
    assert os.sched_getaffinity(0) == ALL


def test_the_peak_of_the_memory_is_the_processs_own() -> None:
    ours = bytearray(os.urandom(1)) * 700_000_000
    (its,) = alone(ALL, peak)
    assert its < len(ours) < peak_resident_bytes()
