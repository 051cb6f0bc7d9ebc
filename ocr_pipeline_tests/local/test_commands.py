import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ocr_pipeline.local import leftovers
from ocr_pipeline.local.commands import signals_interrupt
from ocr_pipeline_tests.local.stand_ins import ELSEWHERE

_COMMANDS = """
import functools, typer
from ocr_pipeline.local import commands
from ocr_pipeline.local.stack import Stack
from ocr_pipeline_tests.local.stand_ins import applications, stayer
commands.Stack = functools.partial(Stack, applications=applications(lambda plan: [stayer(plan)]))
app = typer.Typer()
for command in (commands.up, commands.down, commands.status):
    app.command()(command)
app()
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, **ELSEWHERE, "OCR_DATA_DIR": str(tmp_path), "OCR_API_PORT": "0", "COLUMNS": "200"}


def _run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _COMMANDS, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_detached_up_then_status_then_down(environment: dict[str, str], tmp_path: Path) -> None:
    assert _run(environment, "status").returncode == 3
    up = _run(environment, "up", "--detach")
    assert up.returncode == 0, up.stderr
    assert "s3://documents/inbox/" in up.stderr
    again = _run(environment, "up")
    assert again.returncode == 1
    assert "already running" in again.stderr

    status = _run(environment, "status", "--json")
    assert status.returncode == 0
    found = json.loads(status.stdout)
    assert found["running"]
    assert found["urls"]["api_docs"].endswith("/docs")
    assert found["redis_url"].startswith("redis://:***@127.0.0.1:")
    assert found["credentials_file"] == str(tmp_path / "credentials.env")
    assert found["processes"]["redis"]["state"] == "RUNNING"
    assert "stayer" in _run(environment, "status").stdout

    assert _run(environment, "down").returncode == 0
    assert leftovers.find(tmp_path) == []
    gone = _run(environment, "down")
    assert gone.returncode == 1
    assert "No stack is running" in gone.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_in_the_foreground_ends_with_its_signal(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    command = [sys.executable, "-c", _COMMANDS, "up"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        assert any("Ctrl-C" in line for line in lines)
        process.send_signal(number)
        assert any("Stopped." in line for line in lines)
    assert process.returncode == 0
    assert leftovers.find(tmp_path) == []


def test_a_second_signal_does_not_disturb_the_stopping() -> None:
    """A closed terminal sends one, and make sends another on."""
    with signals_interrupt():
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGHUP)


_INTERRUPTED_EARLY = """
from ocr_pipeline.local.folders import Folders
def interrupt(_):
    raise KeyboardInterrupt
Folders.prepare = interrupt
"""


def test_ctrl_c_in_a_second_up_leaves_the_first_stack_alone(environment: dict[str, str]) -> None:
    assert _run(environment, "up", "--detach").returncode == 0
    try:
        command = [sys.executable, "-c", _INTERRUPTED_EARLY + _COMMANDS, "up"]
        second = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert second.returncode != 0
        assert "Traceback" not in second.stderr
        assert _run(environment, "status").returncode == 0
    finally:
        _run(environment, "down")
