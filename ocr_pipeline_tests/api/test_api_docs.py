"""docs/api.md is true: its Python runs as it stands, and it names every route and every parameter."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx
import pytest
from PIL import Image

from api.app import app
from api.schemas import Problem
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.objects import open_store
from ocr_pipeline_tests.api.servers import StandInDagster
from ocr_pipeline_tests.api.standin_worker import work

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
PATHS = app.openapi()["paths"]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def url(serve: Callable[..., httpx.Client], dagster: StandInDagster, settings: Settings) -> Iterator[str]:
    with closing(open_store(settings)) as store:
        dagster.on_launch = partial(work, settings, store)
        yield str(serve().base_url)


def test_the_python_runs(url: str, token: str, tmp_path: Path) -> None:
    Image.new("L", (600, 400), "white").save(tmp_path / "receipt.jpg")
    (tmp_path / "notes.txt").write_text("Lunch")
    printed = ""
    for block in blocks("python"):
        done = subprocess.run(
            [sys.executable, "-c", block.replace("http://localhost:8000", url)],
            cwd=tmp_path, env={"TOKEN": token, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        printed += done.stdout
    assert "12.40" in printed
    assert ErrorCode.UNSUPPORTED_TYPE in printed


@pytest.mark.parametrize("path", PATHS)
def test_every_route_is_named(path: str) -> None:
    for method in PATHS[path]:
        assert f"`{method.upper()} {path}`" in PAGE


def test_every_option_of_a_document_is_named() -> None:
    options = [one["name"] for one in PATHS["/ocr"]["post"]["parameters"] if one["in"] == "query"]
    assert sorted(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == sorted(options)


def test_the_example_of_a_problem_is_one() -> None:
    (example,) = blocks("json")
    assert Problem.model_validate(json.loads(example)).model_dump(mode="json") == json.loads(example)


def test_every_page_that_is_linked_is_there() -> None:
    for name in re.findall(r"\]\((\w+\.md)\)", PAGE):
        assert (ROOT / "docs" / name).exists(), name
