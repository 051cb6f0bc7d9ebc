"""How `ocr-pipeline worker` becomes Celery; that it joins is tested with hosts of its own in `faults`."""

import os
import re
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ocr_pipeline import worker_command
from ocr_pipeline.cli import app
from ocr_pipeline.settings import get_settings
from ocr_pipeline_tests.conftest import Services

_SECRETS = ("database_url", "redis_url", "s3_secret_key")


@pytest.fixture
def joined(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The environment of another host: addresses and keys, and no folder of the stack's."""
    for name in _SECRETS:
        monkeypatch.setenv(f"OCR_{name.upper()}", getattr(services.settings, name).get_secret_value())
    for name in ("s3_endpoint", "s3_access_key", "s3_bucket"):
        monkeypatch.setenv(f"OCR_{name.upper()}", getattr(services.settings, name))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "another's")
    monkeypatch.setenv("OCR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "not on this host"))
    monkeypatch.setattr(worker_command, "_PATIENCE_SECONDS", 0.0)
    monkeypatch.chdir(tmp_path)
    return services


def start(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[str, str]:
    """The command line that the process is given, and what was printed."""
    lines: list[str] = []
    monkeypatch.setattr(os, "execv", lambda _, line: lines.append(" ".join(line[1:])))
    get_settings.cache_clear()
    environment = dict(os.environ)
    try:
        result = CliRunner().invoke(app, ["worker", *arguments])
        worked_in = dict(os.environ)
    finally:
        os.environ.clear()
        os.environ.update(environment)
        get_settings.cache_clear()
    if lines:
        assert Path(worked_in["DAGSTER_HOME"], "dagster.yaml").exists()
        assert worked_in["AWS_ACCESS_KEY_ID"] == worked_in["OCR_S3_ACCESS_KEY"]
    return "".join(lines), " ".join(result.output.split())


@pytest.mark.parametrize(
    ("arguments", "queues"),
    [
        ((), "batch,housekeeping"),
        (("--queue", "gpu"), "gpu"),
        (("--queue", "interactive", "--queue", "batch"), "batch,housekeeping,interactive"),
    ],
)
def test_it_takes_runs_from_the_queues_it_is_told(
    joined: Services, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], queues: str
) -> None:
    line, _ = start(monkeypatch, *arguments)
    assert f"--queues {queues} " in line
    assert re.search(r"--hostname \w+-[0-9a-f]{6}@%h ", line)


def test_it_starts_afresh_as_the_settings_say(joined: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_WORKER_RUNS", "7")
    monkeypatch.setenv("OCR_WORKER_BYTES", "2048")
    line, _ = start(monkeypatch, "--name", "mine")
    assert "--hostname mine@%h " in line
    assert line.endswith("--max-tasks-per-child 7 --max-memory-per-child 2")
    monkeypatch.setenv("OCR_WORKER_RUNS", "0")
    monkeypatch.setenv("OCR_WORKER_BYTES", "0")
    assert "--max" not in start(monkeypatch)[0]


def test_where_the_data_folder_cannot_be_it_finds_another(
    joined: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = temporary_home(monkeypatch, tmp_path)
    assert start(monkeypatch, "--name", "a/b")[0]
    assert start(monkeypatch, "--name", "a/b")[0]
    (made,) = home.iterdir()
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert start(monkeypatch, "--name", "another")[0]
    assert len(list(home.iterdir())) == 2


def test_a_temporary_folder_that_others_reach_into_is_refused(
    joined: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = temporary_home(monkeypatch, tmp_path)
    assert start(monkeypatch)[0]
    (made,) = home.iterdir()
    made.chmod(0o777)
    line, printed = start(monkeypatch)
    assert not line
    assert "other users can reach into it" in printed


def temporary_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where a worker that can make no data folder goes, still empty."""
    monkeypatch.setenv("OCR_DATA_DIR", "/proc/nowhere")
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OCR_DATABASE_URL", "", "OCR_DATABASE_URL is not valid: it is not set"),
        ("OCR_REDIS_URL", "redis://:hush@127.0.0.1:1/0", "Redis at 127.0.0.1:1 ("),
        ("OCR_S3_BUCKET", "nowhere", "has no bucket nowhere"),
    ],
)
def test_what_is_missing_is_said(
    joined: Services, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    line, printed = start(monkeypatch)
    assert not line
    assert said in printed
    assert "hush" not in printed


def test_it_can_be_started_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ocr_pipeline", "worker", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "ocr-pipeline worker" in done.stdout
