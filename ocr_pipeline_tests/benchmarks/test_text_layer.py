import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from benchmarks.text_layer import main

app = typer.Typer()
app.command()(main)


def test_the_text_layers_of_a_folder_are_timed(samples: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(samples), "--output", str(tmp_path)])
    assert result.exit_code == 0, result.output
    summary = json.loads((tmp_path / "text_layer.json").read_text(encoding="utf-8"))
    assert summary["documents"] == 1
    assert summary["text_layer"]["pages"] == 1
    assert summary["text_layer"]["pages_per_second"] > 1
    assert summary["others"] == {"pages": 0, "pages_per_second": 0.0}
    assert "pages a second" in result.stdout


def test_a_folder_without_pdfs_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path)], env={"COLUMNS": "300"})
    assert result.exit_code == 2
    assert "has no PDF" in result.stderr
