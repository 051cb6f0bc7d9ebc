"""The worker as a process of its own."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ocr_pipeline.samples.generate import generate
from ocr_pipeline_tests.conftest import Services
from ocr_pipeline_tests.running_stack import RunningStack, wait_for

_WITHOUT_ENGINE = "import sys\nsys.modules['openvino'] = None  # importing it fails\n"


@pytest.mark.timeout(90)
def test_a_worker_whose_engine_is_broken_ends(services: Services, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(_WITHOUT_ENGINE)
    redis_url = services.settings.redis_url.get_secret_value()
    environment = {**os.environ, "OCR_REDIS_URL": redis_url, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "celery", "-A", "ocr_pipeline.worker", "worker", "-Q", "none", "-c", "1"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path, timeout=60
    )
    assert done.returncode != 0
    assert "The worker cannot work" in done.stderr
    assert "openvino" in done.stderr


def test_a_run_leaves_no_folder_behind(running: RunningStack, tmp_path: Path) -> None:
    sample = generate(tmp_path, seed=4711, count=1)[0]
    running.finished(running.drop("logs", {sample.path.name: sample.path.read_bytes()}))
    # What the run printed goes to S3 first.
    log = wait_for(lambda: next(running.store.list("compute-logs/"), None), 30, lambda: "no log in S3")
    run_id = log.key.split("/")[2]
    folders = [Path(parent, run_id) for parent in (running.environment["DAGSTER_HOME"], tempfile.gettempdir())]
    wait_for(lambda: None if any(folder.exists() for folder in folders) else True, 30, lambda: str(folders))
