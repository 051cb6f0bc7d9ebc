"""The deployment files name programs and settings that exist."""

import re
from importlib.metadata import distributions
from pathlib import Path

import yaml

from ocr_pipeline.settings import Settings

ROOT = Path(__file__).parent.parent
_NOT_SETTINGS = {"OCR_CODE_SERVER_HOST", "OCR_CODE_SERVER_PORT"}
"""Read by workspace.yaml."""


def services() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]
    return {name: service for name, service in found.items() if "build" in service}


def test_every_variable_is_a_setting() -> None:
    known = {f"OCR_{name.upper()}" for name in Settings.model_fields} | _NOT_SETTINGS
    for service in services().values():
        environment = service["environment"]
        assert isinstance(environment, dict)
        assert {name for name in environment if name.startswith("OCR_")} <= known


def test_every_command_is_a_program_that_the_image_installs() -> None:
    scripts = {
        entry.name for package in distributions() for entry in package.entry_points if entry.group == "console_scripts"
    }
    for service in services().values():
        command = str(service["command"])
        for program in re.findall(r"(?:^|sh -c \"|&& )([a-z-]+)", command):
            assert program in {*scripts, "sh"}, command


def test_the_code_location_of_dagster_plus_is_ours() -> None:
    (location,) = yaml.safe_load((ROOT / "dagster_cloud.yaml").read_text())["locations"]

    assert location["code_source"]["module_name"] == "ocr_pipeline.definitions"
