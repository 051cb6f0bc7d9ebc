import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ocr_pipeline.cli import app
from ocr_pipeline.samples.generate import compose
from ocr_pipeline.settings import get_settings

KEYS = {"id", "file", "state", "text_lines", "words", "fields", "line_items", "error"}


@pytest.fixture(autouse=True)
def settings_read_anew() -> Iterator[None]:
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """An invoice, and a file that is no document."""
    folder = tmp_path_factory.mktemp("files")
    sample, data = compose(folder, 0, 11)
    sample.path.write_bytes(data)
    (folder / "notes.txt").write_text("Lunch 12.50")
    return [sample.path, folder / "notes.txt"]


def test_each_file_is_one_line_of_json(files: list[Path]) -> None:
    result = CliRunner().invoke(app, ["process", "--json", *map(str, files)])
    assert result.exit_code == 0
    good, bad = (json.loads(line) for line in result.stdout.splitlines())
    assert KEYS <= good.keys() == bad.keys()
    assert [answer["file"] for answer in (good, bad)] == list(map(str, files))
    assert [answer["id"] for answer in (good, bad)] == [hashlib.sha256(f.read_bytes()).hexdigest() for f in files]

    assert good["state"] in {"accepted", "needs_review"}
    assert good["error"] is None
    assert good["fields"]["total"] in " ".join(good["text_lines"])
    assert good["line_items"][0].keys() >= {"description", "quantity", "unit_price", "amount"}
    assert " ".join(word["text"] for word in good["words"]) == " ".join(good["text_lines"])
    for word in good["words"]:
        assert word.keys() == {"page", "text", "box", "confidence"}
        assert len(word["box"]) == 4

    assert (bad["state"], bad["error"]["code"]) == ("rejected", "unsupported_type")
    assert (bad["text_lines"], bad["words"], bad["fields"]) == ([], [], {})


def test_a_file_is_read_as_asked(files: list[Path]) -> None:
    asked = CliRunner().invoke(app, ["process", "--json", "--pages", "1", "--kind", "form", str(files[0])])
    outcome = json.loads(asked.stdout)
    assert (outcome["kind"], {word["page"] for word in outcome["words"]}) == ("form", {1})

    beyond = CliRunner().invoke(app, ["process", "--json", "--pages", "90-", str(files[0])])
    assert json.loads(beyond.stdout)["error"]["code"] == "no_such_page"


@pytest.mark.parametrize(("flag", "value"), [("--pages", "0"), ("--language", "xx"), ("--engine", "other")])
def test_what_nobody_can_ask_for_is_said_before_anything_is_read(files: list[Path], flag: str, value: str) -> None:
    result = CliRunner().invoke(app, ["process", flag, value, str(files[0])])
    assert result.exit_code == 2
    assert flag in result.stderr


def test_people_get_a_table(files: list[Path]) -> None:
    result = CliRunner().invoke(app, ["process", *map(str, files)], env={"COLUMNS": "400"})
    assert result.exit_code == 0
    assert "accepted" in result.stdout
    assert "rejected" in result.stdout
    assert "not a document this pipeline reads" in result.stdout


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["process", str(tmp_path / "gone.pdf")], env={"COLUMNS": "400"})
    assert result.exit_code == 2
    assert "gone.pdf" in result.stderr


@pytest.mark.parametrize("command", ["process", "evaluate"])
def test_an_invalid_setting_is_explained(files: list[Path], command: str) -> None:
    (files[0].parent / "truth.jsonl").touch()
    argument = files[0] if command == "process" else files[0].parent
    result = CliRunner().invoke(app, [command, str(argument)], env={"OCR_PDF_DPI": "1", "COLUMNS": "400"})
    assert result.exit_code == 1
    assert "The setting OCR_PDF_DPI is not valid" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "The setting OCR_DATABASE_URL is not valid: it is not set"),
        ("postgresql://me:hush@127.0.0.1:1/d", "The database at 127.0.0.1:1 (Connection refused) cannot be reached"),
    ],
)
def test_migrate_without_a_database_is_explained(url: str, said: str) -> None:
    result = CliRunner().invoke(app, ["migrate"], env={"OCR_DATABASE_URL": url, "COLUMNS": "400"})
    assert result.exit_code == 1
    assert said in result.stderr
    assert "hush" not in result.stderr


def test_help_and_status_do_not_wait_for_what_reads_documents() -> None:
    program = "import sys, ocr_pipeline.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & {"cv2", "pymupdf", "PIL", "numpy", "celery", "alembic", "dagster"} == set()


def test_samples_come_from_the_command(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["samples", str(tmp_path), "--count", "1", "--no-bad", "--seed", "4"])
    assert result.exit_code == 0
    assert "1 documents" in result.stdout
    assert not (tmp_path / "bad").exists()
