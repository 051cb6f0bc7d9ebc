from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pdfminer.high_level import extract_text
from typer.testing import CliRunner

from ocr_pipeline.cli import app
from ocr_pipeline.samples.generate import compose
from ocr_pipeline.settings import get_settings


@pytest.fixture(autouse=True)
def settings_read_anew() -> Iterator[None]:
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def invoice(tmp_path: Path) -> Path:
    """With a text layer."""
    sample, data = compose(tmp_path, 0, 11)
    sample.path.write_bytes(data)
    return sample.path


def test_a_file_is_written_beside_the_document(invoice: Path) -> None:
    result = CliRunner().invoke(app, ["export", str(invoice), "--format", "text"])
    assert result.exit_code == 0, result.output
    target = invoice.with_suffix(".txt")
    assert result.stdout == f"{invoice} -> {target}\n"
    assert "TOTAL" in target.read_text(encoding="utf-8")


def test_the_original_is_not_overwritten(invoice: Path) -> None:
    before = invoice.read_bytes()
    result = CliRunner().invoke(app, ["export", str(invoice), "--format", "pdf"])
    assert result.exit_code == 0, result.output
    assert invoice.read_bytes() == before
    assert "TOTAL" in extract_text(BytesIO(invoice.with_suffix(".searchable.pdf").read_bytes()))


def test_a_rejected_document_is_explained_after_the_others_are_done(invoice: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("Lunch 12.50")
    folder = tmp_path / "new" / "folder"
    copy = tmp_path / "copies" / invoice.name
    copy.parent.mkdir()
    copy.write_bytes(invoice.read_bytes())
    files = [str(notes), str(invoice), str(copy)]
    result = CliRunner().invoke(app, ["export", *files, "--format", "hocr", "--output", str(folder)])
    assert result.exit_code == 1
    assert "is not a document this pipeline reads. Send JPEG" in result.stderr
    assert sorted(file.name for file in folder.iterdir()) == [f"{invoice.stem}.hocr", f"{invoice.name}.hocr"]
    assert notes.read_text() == "Lunch 12.50"


def test_a_folder_that_cannot_be_made_is_told(invoice: Path) -> None:
    result = CliRunner().invoke(app, ["export", str(invoice), "--format", "text", "--output", str(invoice / "below")])
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
