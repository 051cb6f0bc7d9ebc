import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import pytest
from sqlalchemy import create_engine

from benchmarks import plot
from benchmarks.soak import file_of
from benchmarks.soak_watch import Sample, Watch, as_columns, summary
from ocr_pipeline.documents.intake import Limits, read_raw
from ocr_pipeline.documents.model import RawDocument
from ocr_pipeline.settings import Settings

FLAT = [
    Sample(
        seconds=10.0 * number,
        workers={"batch-1": 600_000_000, "interactive-1": 500_000_000},
        connections=30,
        redis_bytes=8_000_000,
        redis_keys=100,
        finished=50 * number,
        unfinished=5000 - 50 * number,
    )
    for number in range(1, 101)
]


def grown(samples: Sequence[Sample], field: str, times: float) -> list[Sample]:
    """The last third has so many times as much."""
    half = round(len(samples) * 0.7)
    return [
        replace(sample, **{field: round(getattr(sample, field) * times) if number >= half else getattr(sample, field)})
        for number, sample in enumerate(samples)
    ]


def test_what_stays_flat_is_no_problem() -> None:
    figures, problems = summary(FLAT)
    assert problems == []
    assert figures["documents a second"] == 5.0
    assert figures["growth of the workers' memory"] == 1.0
    assert figures["most Postgres connections, by half"] == [30, 30]


def test_memory_of_workers_that_grows_by_more_than_5_percent_is_a_problem() -> None:
    def with_memory(times: float) -> list[Sample]:
        return [
            replace(sample, workers={"batch-1": round(1e9 * (1 + (times - 1) * sample.finished / 5000))})
            for sample in FLAT
        ]

    assert summary(with_memory(1.03))[1] == []
    assert [problem.split(" grew")[0] for problem in summary(with_memory(1.15))[1]] == ["the workers' memory"]


def test_memory_of_workers_does_not_count_before_they_are_warm() -> None:
    cold = [replace(sample, workers={"batch-1": 1}) if sample.finished < 700 else sample for sample in FLAT]
    assert summary(cold)[1] == []


@pytest.mark.parametrize(
    ("field", "what"), [("connections", "the connections to Postgres"), ("redis_bytes", "the memory of Redis")]
)
def test_what_grows_is_a_problem(field: str, what: str) -> None:
    assert [problem.split(" grew")[0] for problem in summary(grown(FLAT, field, 1.5))[1]] == [what]


def test_a_worker_that_has_just_ended_is_left_out_of_a_sample() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    processes = {"batch-1": SimpleNamespace(pid=ended.pid), "batch-2": SimpleNamespace(pid=os.getpid())}
    stack = SimpleNamespace(status=lambda: SimpleNamespace(processes=processes))
    watch = Watch(stack, Settings(redis_url="redis://127.0.0.1:1/0"), create_engine("sqlite://"), 1.0)  # type: ignore[arg-type]
    found = watch._workers()
    assert list(found) == ["batch-2"]
    assert found["batch-2"] > 1_000_000


def test_samples_are_kept_as_columns() -> None:
    columns = as_columns(FLAT[:2])
    assert columns["finished"] == [50, 100]
    assert columns["workers"] == [FLAT[0].workers] * 2


def test_documents_of_the_soak_are_small_and_all_different() -> None:
    files = [file_of(number, seed=1) for number in range(40)]
    read = [read_raw(file.data, file.name, Limits.of(Settings())) for file in files]
    assert all(isinstance(raw, RawDocument) and raw.page_count == 1 for raw in read)
    assert len({file.data for file in files}) == len({file.name for file in files}) == 40
    assert [number for number, file in enumerate(files) if file.is_posted] == [0, 20]
    assert [number for number, file in enumerate(files) if not file.name.endswith(".pdf")] == [5, 15, 25, 35]


def test_soak_is_drawn(tmp_path: Path) -> None:
    plot.soak(FLAT, "5,000 documents", tmp_path / "plot.png")
    picture = cv2.imread(str(tmp_path / "plot.png"))
    assert picture is not None
    assert picture.std() > 5
