import json
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from benchmarks.fields import main
from ocr_pipeline_tests.structuring.typed import RECEIPT, typed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two receipts of which only the recognized texts are there, and that are labelled rightly and wrongly."""
    folder, texts = tmp_path / "dev" / "receipts", tmp_path / "texts" / "dev" / "receipts"
    folder.mkdir(parents=True)
    texts.mkdir(parents=True)
    truths = []
    for number, total in enumerate(["16.00", "99.00"]):
        (folder / f"{number}.png").write_bytes(b"not read")
        (texts / f"a_{number}.json").write_text(typed(RECEIPT).model_dump_json())
        truths.append({"id": f"a/{number}", "file": f"{number}.png", "fields": {"total": total}})
    (folder / "truth.jsonl").write_text("\n".join(map(json.dumps, truths)))
    return folder


def run(*arguments: str | Path) -> Result:
    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_recognized_texts_are_enough(folder: Path, tmp_path: Path) -> None:
    texts, picture = tmp_path / "texts", tmp_path / "plots" / "review.png"
    result = run(folder, "--texts", texts, "--output", picture, "--list")
    assert result.exit_code == 0, result.output
    assert "| all | 2 |" in result.output
    assert "| 0 | 1.000, 0.500 | 1.000, 0.500 |" in result.output
    assert "| words do not give it | 0 |" in result.output
    assert picture.stat().st_size > 10_000


def test_sets_of_one_name_are_kept_apart(folder: Path, tmp_path: Path) -> None:
    twin = folder.parent.parent / "train" / "receipts"
    shutil.copytree(folder, twin)
    shutil.copytree(tmp_path / "texts" / "dev", tmp_path / "texts" / "train")
    result = run(folder, twin, "--texts", tmp_path / "texts", "--output", tmp_path / "review.png")
    assert result.exit_code == 0, result.output
    assert "| dev/receipts | 2 |" in result.output
    assert "| train/receipts | 2 |" in result.output
    assert "| all | 4 |" in result.output


def test_without_texts_documents_are_read(samples: Path, tmp_path: Path) -> None:
    """The evidence of all that is accepted holds."""
    result = run(samples, "--output", tmp_path / "review.png")
    assert result.exit_code == 0, result.output
    assert "| all | 3 |" in result.output
    assert "| words do not give it | 0 |" in result.output
