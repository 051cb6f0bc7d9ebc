from pathlib import Path

import typer
from typer.testing import CliRunner

from ocr_pipeline.samples.commands import samples

app = typer.Typer()
app.command()(samples)


def test_samples_are_written_where_the_user_says(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path / "out"), "--count", "2"])
    assert result.exit_code == 0
    assert "2 documents" in result.stdout
    assert len(list((tmp_path / "out").glob("0*"))) == 2
    assert (tmp_path / "out" / "bad" / "bomb.png").exists()


def test_bad_files_can_be_left_out(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path), "--count", "1", "--no-bad", "--seed", "4"])
    assert result.exit_code == 0
    assert not (tmp_path / "bad").exists()
