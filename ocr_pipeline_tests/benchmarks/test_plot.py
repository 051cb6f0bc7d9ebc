from pathlib import Path

import cv2

from benchmarks import plot
from benchmarks.contenders import Name
from benchmarks.results import Figures


def figures(word_f1: float | None, pages_per_second: float) -> Figures:
    return Figures(0.9, 0.9, word_f1, None, 1 / pages_per_second, pages_per_second, 1.0, None, 1.0, 1, [1.0], {})


def test_speed_stands_against_accuracy(tmp_path: Path) -> None:
    found = {name: figures(0.6 + 0.08 * place, 0.15 * 3**place) for place, name in enumerate(Name)}
    plot.speed_and_accuracy(found, "45 pages", tmp_path / "plot.png")
    assert_is_drawn(tmp_path / "plot.png")


def test_one_contender_alone_can_be_drawn(tmp_path: Path) -> None:
    found = {Name.RAPIDOCR: figures(0.9, 1.0), Name.EASYOCR: figures(None, 0.1)}
    plot.speed_and_accuracy(found, "45 pages", tmp_path / "plot.png")
    assert_is_drawn(tmp_path / "plot.png")


def test_memory_is_drawn(tmp_path: Path) -> None:
    plot.memory({50: 400_000_000, 100: 500_000_000}, "45 pages", tmp_path / "plot.png")
    assert_is_drawn(tmp_path / "plot.png")


def assert_is_drawn(path: Path) -> None:
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.shape[1] >= 1000
    assert picture.std() > 5
