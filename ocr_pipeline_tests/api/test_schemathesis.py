"""Schemathesis finds nothing: every operation, all checks, as `schemathesis.toml` sets them."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import app
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.objects import open_store
from ocr_pipeline_tests.api.servers import StandInDagster
from ocr_pipeline_tests.api.standin_worker import work

ROOT = Path(__file__).parents[2]
OPERATIONS = {
    f"{method.upper()} {path}" for path, operations in app.openapi()["paths"].items() for method in operations
}


@pytest.fixture
def api(serve: Callable[..., httpx.Client], dagster: StandInDagster, settings: Settings) -> Iterator[httpx.Client]:
    """Waits are short: nobody looks at what they wait for."""
    with closing(open_store(settings)) as store:
        dagster.on_launch = partial(work, settings, store)
        yield serve(wait_seconds=0.5)


def run(api: httpx.Client, folder: Path, token: str, *options: str) -> tuple[str, dict[str, Any], set[int]]:
    """What was printed, the report and the statuses of all answers."""
    report, archive = folder / "report.json", folder / "archive.har"
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{api.base_url}/openapi.json",
        "--header", f"Authorization: Bearer {token}", "--generation-deterministic", "--continue-on-failure",
        "--no-color", "--report", "json,har", "--report-json-path", str(report), "--report-har-path", str(archive),
        *options,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=280)
    assert report.exists(), done.stderr
    entries = json.loads(archive.read_text())["log"]["entries"]
    statuses = {entry["response"]["status"] for entry in entries if entry["request"]["url"].startswith("http")}
    return done.stdout, json.loads(report.read_text()), statuses


def test_nothing_is_found(api: httpx.Client, token: str, tmp_path: Path) -> None:
    printed, report, statuses = run(api, tmp_path, token, "--max-examples", "5")
    assert report["exit_code"] == 0, printed
    assert report["operations"]["tested"] == len(OPERATIONS)
    assert {200, 202, 204, 404, 422} <= statuses


@pytest.mark.parametrize("malformed", ["random words", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", "~!.{}.="])
def test_random_and_malformed_tokens_get_nothing(api: httpx.Client, malformed: str, tmp_path: Path) -> None:
    printed, report, statuses = run(api, tmp_path, malformed, "--max-examples", "2", "--phases", "fuzzing")
    assert report["exit_code"] == 0, printed
    assert report["operations"]["tested"] == len(OPERATIONS)
    assert statuses <= {401, 403, 404}
