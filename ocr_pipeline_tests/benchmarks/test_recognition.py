import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from benchmarks import plot
from benchmarks.contenders import CONTENDERS, Name
from benchmarks.documents import Document
from benchmarks.measure import Measured
from benchmarks.recognition import main

app = typer.Typer()
app.command()(main)


def dies(_: list[Document]) -> Iterator[int | Measured]:
    yield 1
    os._exit(3)


def test_contenders_stand_side_by_side_and_absent_ones_are_told(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = replace(CONTENDERS[Name.TESSERACT], modules=("no_such_module",))
    monkeypatch.setitem(CONTENDERS, Name.TESSERACT, absent)
    output = tmp_path / "results"
    only = ["--only", "tesseract", "--only", "pipeline-1-core"]
    result = CliRunner().invoke(app, [str(samples), *only, "--limit", "2", "--rounds", "2", "--output", str(output)])
    assert result.exit_code == 0, result.output
    assert "this pipeline, 1 core" in result.stdout
    assert "not installed" in result.stdout
    assert "no_such_module" in result.stderr
    summary = json.loads((output / "recognition.json").read_text(encoding="utf-8"))
    assert (summary["documents"], summary["pages"], summary["rounds"], summary["refused"]) == (2, 2, 2, {})
    assert summary["cpu"]
    assert summary["cores"] == len(os.sched_getaffinity(0))
    assert summary["contenders"].keys() == {"tesseract", "pipeline-1-core"}
    assert summary["contenders"]["tesseract"]["state"] == "not installed"
    assert summary["contenders"]["tesseract"]["figures"] is None
    ours = summary["contenders"]["pipeline-1-core"]
    assert (ours["state"], ours["problem"]) == ("measured", None)
    figures = ours["figures"]
    assert figures["word_f1"] > 0.9
    assert figures["cer"] is None, "receipts have no reading order in their truth"
    assert figures["seconds_per_page"] == min(figures["seconds_per_page_by_round"]) > 0
    assert len(figures["seconds_per_page_by_round"]) == 2
    assert figures["pages_per_second"] == pytest.approx(1 / figures["seconds_per_page"])
    assert figures["times_easyocr"] is None, "it was not measured"
    assert 0 < figures["normalization_seconds_per_page"] < figures["seconds_per_page"]
    assert 50e6 < figures["peak_resident_bytes"] < 10e9
    assert figures["versions"]["ocr-pipeline"]
    assert (output / "recognition.png").exists() == plot.is_possible()


def test_one_that_dies_is_told_and_its_figures_are_not_made_up(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CONTENDERS, Name.RAPIDOCR, replace(CONTENDERS[Name.RAPIDOCR], work=dies))
    result = CliRunner().invoke(app, [str(samples), "--only", "rapidocr", "--output", str(tmp_path)])
    assert result.exit_code == 1
    assert "exit code 3" in result.stderr
    summary = json.loads((tmp_path / "recognition.json").read_text(encoding="utf-8"))
    assert summary["contenders"]["rapidocr"]["state"] == "failed"
    assert summary["contenders"]["rapidocr"]["figures"] is None


def test_a_folder_without_truth_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path)], env={"COLUMNS": "300"})
    assert result.exit_code == 2
    assert "has no truth.jsonl" in result.stderr


def test_files_that_intake_refuses_are_left_out_and_told(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CONTENDERS, Name.RAPIDOCR, replace(CONTENDERS[Name.RAPIDOCR], modules=("no_such_module",)))
    truths = [json.loads(line) for line in (samples / "truth.jsonl").read_text(encoding="utf-8").splitlines()[:2]]
    (tmp_path / truths[0]["file"]).write_bytes((samples / truths[0]["file"]).read_bytes())
    (tmp_path / truths[1]["file"]).write_bytes(b"")
    (tmp_path / "truth.jsonl").write_text("".join(json.dumps(truth) + "\n" for truth in truths), encoding="utf-8")
    result = CliRunner().invoke(app, [str(tmp_path), "--only", "rapidocr", "--output", str(tmp_path)])
    assert result.exit_code == 0, result.output
    summary = json.loads((tmp_path / "recognition.json").read_text(encoding="utf-8"))
    assert summary["documents"] == 1
    assert list(summary["refused"]) == [truths[1]["file"]]
    assert truths[1]["file"] in result.stderr
