import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from benchmarks.patterns import main
from ocr_pipeline_tests.structuring.typed import RECEIPT, typed

CERTAIN, AMBIGUOUS = ("2018-04-25", "25/04/2018"), ("2018-04-05", "05/04/2018")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four receipts that tell the order of their dates, then two of the same shop that do not; texts lie beside."""
    folder, texts = tmp_path / "dev" / "receipts", tmp_path / "texts" / "dev" / "receipts"
    folder.mkdir(parents=True)
    texts.mkdir(parents=True)
    truths = []
    for number, (date, printed) in enumerate([CERTAIN] * 4 + [AMBIGUOUS] * 2):
        text = typed(RECEIPT.replace("05/04/2018", printed).replace("CS00012345", f"CS0001234{number}"))
        (texts / f"{number}.json").write_text(text.model_dump_json())
        truths.append({"id": str(number), "file": f"{number}.png", "fields": {"document_date": date, "total": "16.00"}})
    (folder / "truth.jsonl").write_text("\n".join(map(json.dumps, truths)))
    return folder


def run(folder: Path, batch: int) -> str:
    app = typer.Typer()
    app.command()(main)
    texts = str(folder.parent.parent / "texts")
    result = CliRunner().invoke(app, [str(folder), "--texts", texts, "--batch", str(batch), "--orders", "1"])
    assert result.exit_code == 0, result.output
    return result.output


def test_ambiguous_dates_are_read_as_the_vendors_others(folder: Path) -> None:
    output = run(folder, batch=4)
    assert "| document_date right | 1.000 | 1.000 | 0.0 | 0.0 |" in output
    assert "| 2 ambiguous dates, read month first | without | with |" in output
    assert "| right | 0.000 | 1.000 |" in output
    assert "| right among the 2.0 whose vendor's order was known by then | – | 1.000 |" in output  # noqa: RUF001


def test_documents_of_one_batch_do_not_teach_each_other(folder: Path) -> None:
    output = run(folder, batch=6)
    assert "| right | 0.000 | 0.000 |" in output
    assert "| right among the 0.0 whose" in output
