import json
import subprocess
import sys
from pathlib import Path

import cv2

from benchmarks import plot
from benchmarks.scale import ratios


def test_a_small_ledger_is_filled_and_measured(tmp_path: Path) -> None:
    """In a process of its own, for it becomes a part of the stack that it starts."""
    sizes = ("--documents", "200", "--documents", "400")
    options = ("--batch-size", "10", "--repeats", "1", "--no-ui", "--output", str(tmp_path / "scale.json"))
    command = (sys.executable, "-m", "benchmarks.scale", *sizes, *options)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "scale.json").read_text(encoding="utf-8"))
    for size in ("200", "400"):
        tables = report["tables"][size]
        # Those that runs were measured on come on top.
        assert int(size) <= tables["ledger"]["rows"] < int(size) + 100
        for name in ("documents", "line_items"):
            assert tables[name]["rows"] == tables["ledger"]["rows"]
        assert tables["batch_statistics"]["rows"] == tables["batches"]["rows"]
        assert tables["dynamic_partitions"]["rows"] == tables["runs"]["rows"] >= tables["batches"]["rows"]
        assert tables["event_logs"]["rows"] > 10 * tables["runs"]["rows"]
    assert report["milliseconds"]["200"].keys() == report["milliseconds"]["400"].keys()
    assert all(0 < each < 60_000 for each in report["milliseconds"]["400"].values())


def test_ratios_are_to_the_smallest_size() -> None:
    table = ratios({1000: {"tick": 2.0}, 500: {"tick": 1.0}})
    assert [str(column.header) for column in table.columns] == ["", "500", "1,000"]
    assert [list(column.cells) for column in table.columns] == [["tick"], ["1.0 ms"], ["2.0 ms, 2.00"]]


def test_scale_is_drawn(tmp_path: Path) -> None:
    plot.scale({1000: {"tick": 1.0, "UI: runs": 3.0}, 100_000: {"tick": 1.2, "UI: runs": 9.0}}, tmp_path / "plot.png")
    picture = cv2.imread(str(tmp_path / "plot.png"))
    assert picture is not None
    assert picture.std() > 5
