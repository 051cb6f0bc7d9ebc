"""The files of `deploy/`, and the programs that read them."""

import os
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ocr_pipeline.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = {f"OCR_{name.upper()}" for name in Settings.model_fields}
OF_THE_WORKSPACE = {"OCR_CODE_SERVER_HOST", "OCR_CODE_SERVER_PORT"}
"""Variables that workspace.yaml reads."""


def run(program: str, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program of the environment that the tests run in."""
    return subprocess.run(
        [Path(sysconfig.get_path("scripts"), program), *arguments],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=120, env=os.environ | environment,
    )  # fmt: skip


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def values(tree: object, name: str) -> Iterator[Any]:
    """What stands under `name`, at whatever depth."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == name:
                yield value
            yield from values(value, name)
    elif isinstance(tree, list):
        for item in tree:
            yield from values(item, name)


def seconds(text: str) -> float:
    """A duration of a compose file, such as 330s."""
    match = re.fullmatch(r"(\d+)s", text)
    assert match, text
    return float(match[1])
