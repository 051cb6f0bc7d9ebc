import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from benchmarks import plot
from benchmarks.memory import main

app = typer.Typer()
app.command()(main)


def test_memory_is_watched_over_more_pages_than_the_folder_has(samples: Path, tmp_path: Path) -> None:
    options = ["--pages", "5", "--every", "2", "--settled", "3", "--output", str(tmp_path)]
    result = CliRunner().invoke(app, [str(samples), *options])
    assert result.exit_code == 0, result.output
    summary = json.loads((tmp_path / "memory.json").read_text(encoding="utf-8"))
    resident = summary["resident_bytes"]
    assert list(resident) == ["2", "3", "4", "5"]
    assert all(50e6 < count < 10e9 for count in resident.values())
    assert summary["ratio"] == pytest.approx(resident["5"] / resident["3"])
    assert "after page 5" in result.stdout
    assert (tmp_path / "memory.png").exists() == plot.is_possible()
