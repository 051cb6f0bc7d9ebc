"""The compose file is one, and names programs and settings that exist."""

import re
import shlex
from importlib.metadata import distributions
from typing import Any

import pytest
from typer.testing import CliRunner

from ocr_pipeline.cli import app
from ocr_pipeline_tests.deploy.files import DEPLOY, OF_THE_WORKSPACE, SETTINGS, read, run, seconds

COMPOSE = DEPLOY / "compose.yaml"
SERVICES: dict[str, dict[str, Any]] = read(COMPOSE)["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
WORKERS = [name for name in OURS if name.startswith("worker-")]


def test_it_is_a_compose_file() -> None:
    found = run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting(name: str) -> None:
    variables = {variable for variable in OURS[name]["environment"] if variable.startswith("OCR_")}
    assert variables <= SETTINGS | OF_THE_WORKSPACE


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_a_program_that_the_image_installs(name: str) -> None:
    scripts = {
        entry.name for package in distributions() for entry in package.entry_points if entry.group == "console_scripts"
    }
    command = OURS[name]["command"]
    words = command.split() if isinstance(command, str) else command
    # A shell that expands a setting makes way for the program.
    program = shlex.split(words[2])[1] if words[:2] == ["sh", "-c"] else words[0]
    assert program in scripts


def test_every_service_that_stays_says_whether_it_is_well() -> None:
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == {"migrate"}


def test_nothing_waits_for_what_is_not_there_or_never_says_that_it_is_well() -> None:
    for service in SERVICES.values():
        for awaited, how in service.get("depends_on", {}).items():
            is_well = how["condition"] == "service_healthy"
            assert is_well == ("healthcheck" in SERVICES[awaited]), awaited


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_is_given_the_time_it_takes_to_stop(name: str) -> None:
    assert seconds(OURS[name]["stop_grace_period"]) > float(OURS[name]["environment"]["OCR_DRAIN_SECONDS"])


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_is_asked_by_the_name_that_it_has(name: str) -> None:
    given = re.search(r"--name (\S+)", OURS[name]["command"])
    (test,) = OURS[name]["healthcheck"]["test"][1:]
    assert given
    assert f'"{given[1]}@$$HOSTNAME"' in test


def test_every_queue_has_its_workers() -> None:
    queues = {queue for name in WORKERS for queue in re.findall(r"--queue (\S+)", OURS[name]["command"])}
    answer = CliRunner().invoke(app, ["worker", "--queue", "none-of-them"])
    choices = set(re.findall(r"'(\w+)'", answer.output)) - {"none-of-them"}
    # Workers of the batch queue take the housekeeping along.
    assert queues | {"housekeeping"} == choices


_SECRET = re.compile(r"\$\$?\{?\w*(?:PASSWORD|SECRET|KEY|AUTH|TOKEN|DATABASE_URL|REDIS_URL)")


def test_no_secret_stands_on_a_command_line() -> None:
    """There every user of the host could read it. What a shell assigns, or feeds to standard input, is on none."""
    lines = [
        " ".join(words) if isinstance(words, list) else words
        for service in SERVICES.values()
        for words in (service.get("command", ""), service.get("healthcheck", {}).get("test", ""))
    ]
    assert any(_SECRET.search(line) for line in lines), "nothing is looked for"
    for line in lines:
        without_input = re.sub(r"<<(\w+)\n.*?^\1$", "", line, flags=re.DOTALL | re.MULTILINE)
        without_assignments = re.sub(r'\b[A-Z_]+="\$\$\w+" (?=\w)', "", without_input)
        assert not _SECRET.search(without_assignments), line


def test_settings_of_one_s_own_reach_every_program() -> None:
    assert all(service["env_file"] == [{"path": "../settings.env", "required": False}] for service in OURS.values())
    set_here = {name for service in OURS.values() for name in service["environment"]}
    assert not {"OCR_GPU_STAGES", "OCR_API_PROCESSES", "OTEL_EXPORTER_OTLP_ENDPOINT"} & set_here


def test_no_secret_stands_in_it_and_only_the_host_itself_is_let_in() -> None:
    text = COMPOSE.read_text()
    for name in ("PASSWORD", "SECRET", "ACCESS_KEY"):
        values = re.findall(rf"^ +\w*{name}\w*: (.+)$", text, re.MULTILINE)
        assert values
        assert all(value.startswith("${") for value in values)
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 2
    assert all("127.0.0.1:" in port for port in ports)
