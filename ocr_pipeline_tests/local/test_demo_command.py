import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local import demo, leftovers
from ocr_pipeline_tests.local.stand_ins import ELSEWHERE, redis_only

_DEMO = """
import functools, sys, time, typer
from ocr_pipeline.local import demo, demo_command
from ocr_pipeline.local.failure import service_failed
from ocr_pipeline.local.folders import Folders
from ocr_pipeline.local.stack import Stack
from ocr_pipeline_tests.local.stand_ins import applications, stayer

what = sys.argv.pop()
demo_command.Stack = functools.partial(Stack, applications=applications(lambda plan: [stayer(plan)]))

def run_demo(settings, seed, on_progress):
    if what == "done":
        return []
    if what == "poisoned":
        (settings.data_dir / "poison").touch()
        while not Folders(settings.data_dir).failure_file.exists():
            time.sleep(0.1)
        raise service_failed(Folders(settings.data_dir), "postgres", "it does not answer any more")
    print("ON ITS WAY", flush=True)
    time.sleep(60)

demo.run_demo = run_demo
app = typer.Typer()
app.command()(demo_command.demo)
app()
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, **ELSEWHERE, "OCR_DATA_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}


def _command(what: str) -> list[str]:
    return [sys.executable, "-c", _DEMO, what]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_stack_of_the_demo(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    with subprocess.Popen(
        _command("wait"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert any("ON ITS WAY" in line for line in lines)
        process.send_signal(number)
        rest = "".join(lines)
    assert process.returncode == 130
    assert "Interrupted." in rest
    assert "Traceback" not in rest
    assert leftovers.find(tmp_path) == []


def test_addresses_are_shown_while_they_work(environment: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(_command("done"), capture_output=True, text=True, check=True, env=environment)
    before, after = done.stdout.split("The stack is stopped")
    assert "While it runs:" in before
    assert "s3://documents/inbox/" in before
    assert f"its data is kept in {tmp_path}, its logs in {tmp_path / 'logs'}" in after
    assert "Dagster at http://localhost:3000 and the API at http://localhost:8000/docs" in after
    assert leftovers.find(tmp_path) == []


def test_a_stack_that_stops_itself_tells_the_reason(environment: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(_command("poisoned"), capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert "stayer did not stay up" in done.stderr
    assert "the poison is here" in done.stderr
    assert "Traceback" not in done.stderr
    assert leftovers.find(tmp_path) == []


@pytest.mark.parametrize(
    ("error", "program"),
    [(TimeoutError("it had not finished"), "batch-1"), (OperationalError("", {}, Exception()), "postgres")],
)
def test_what_goes_wrong_in_the_demo_names_a_program_and_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, program: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(demo, "_show_what_becomes", fail)
    with pytest.raises(PipelineError, match=f"{program} did not stay up") as caught:
        demo.run_demo(redis_only(tmp_path), 0, lambda *_: None)
    assert caught.value.code is ErrorCode.SERVICE_FAILED
    assert str(tmp_path / "logs" / f"{program}.log") in caught.value.advice
