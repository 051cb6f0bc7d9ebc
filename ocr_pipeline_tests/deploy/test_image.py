import re
import subprocess
import sys
import zipfile
from pathlib import Path
from shutil import copy, copytree, ignore_patterns

from ocr_pipeline_tests.deploy.files import DEPLOY, ROOT, run

DOCKERFILE = DEPLOY / "Dockerfile"


def test_the_linter_finds_nothing() -> None:
    found = run("hadolint", DOCKERFILE)
    assert found.returncode == 0, found.stdout


def test_all_that_is_copied_is_there_and_reaches_the_builder() -> None:
    copied = {
        Path(name)
        for line in re.findall(r"^COPY (?:--\S+ )?(.+) \S+$", DOCKERFILE.read_text(), re.MULTILINE)
        for name in line.split()
    }
    let_through = {line[1:] for line in DOCKERFILE.with_name("Dockerfile.dockerignore").read_text().splitlines()}
    assert {path for path in copied if not (ROOT / path).exists()} == set()
    assert {path.parts[0] for path in copied} <= let_through


def test_the_package_holds_every_file_of_the_repository(tmp_path: Path) -> None:
    """Weights and templates too: from a checkout they would be found whether they are part of the package or not."""
    source = tmp_path / "source"
    for folder in ("api", "ocr_pipeline"):
        copytree(ROOT / folder, source / folder, ignore=ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.cfg", "README.md", "LICENSE"):
        copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "."]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=120)
    (wheel,) = source.glob("*.whl")

    packed = set(zipfile.ZipFile(wheel).namelist())

    files = {
        path.relative_to(ROOT).as_posix()
        for folder in ("api", "ocr_pipeline")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files - packed == set()
