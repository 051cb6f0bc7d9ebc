import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ocr_pipeline.cli import app
from ocr_pipeline.samples.generate import generate


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labelled")
    generate(folder, seed=1, count=3)
    return folder


def test_a_folder_is_measured(folder: Path, tmp_path: Path) -> None:
    predictions = tmp_path / "predictions.jsonl"
    result = CliRunner().invoke(app, ["evaluate", str(folder), "--json", "--predictions", str(predictions)])
    assert result.exit_code == 0
    summary = json.loads(result.stdout)
    assert summary.keys() == {
        *("engine", "structuring_engine", "documents", "states", "pages", "seconds_per_page"),
        *("structuring_seconds_per_page", "calibration_error", "field_calibration_error", "review"),
        *("word_precision", "word_recall", "word_f1", "cer", "fields", "mean", "all_right"),
    }
    assert (summary["engine"], summary["structuring_engine"]) == ("ppocr", "cpu")
    assert (summary["documents"], summary["pages"]) == (3, 3)
    assert sum(summary["states"].values()) == 3
    assert summary["word_f1"] > 0.9
    assert summary["cer"] is None, "receipts and invoices have no reading order in their truth"
    assert 0 < summary["structuring_seconds_per_page"] < summary["seconds_per_page"]
    ways = {"strict", "strict_any_case", "normalised", "similarity", "similarity_any_case", "documents"}
    assert summary["fields"]["total"].keys() == summary["mean"].keys() == ways
    assert summary["fields"]["total"]["documents"] == summary["all_right"]["documents"] == 3
    assert summary["mean"]["normalised"] > 0.5
    assert 0 <= summary["field_calibration_error"] < 1
    review = summary["review"]
    assert review["accepted"] + review["needs_review"] == pytest.approx(1)
    assert (review["rejected"], review["schema_valid"]) == (0, 1)
    assert bool(review["reasons"]) == (review["needs_review"] > 0)
    read = [json.loads(line) for line in predictions.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in read] == ["0001-receipt-photo", "0002-receipt-thermal", "0003-invoice-digital"]
    assert all(line["text_lines"] and line["fields"] for line in read)


def test_people_get_a_table(folder: Path, tmp_path: Path) -> None:
    first = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()[2]
    (tmp_path / "truth.jsonl").write_text(first + "\n", encoding="utf-8")
    name = json.loads(first)["file"]
    (tmp_path / name).write_bytes((folder / name).read_bytes())
    result = CliRunner().invoke(app, ["evaluate", str(tmp_path)])
    assert result.exit_code == 0
    assert "word F1" in result.stdout
    assert "vendor_address" in result.stdout
    assert "all labelled fields right, normalised" in result.stdout
    assert "accepted: fields given that are right" in result.stdout


def test_a_folder_without_truth_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["evaluate", str(tmp_path)], env={"COLUMNS": "300"})
    assert result.exit_code == 2
    assert "has no truth.jsonl" in result.stderr
