from pathlib import Path
from subprocess import CompletedProcess

import pytest
import yaml
from dagster_k8s.container_context import K8sContainerContext

from ocr_pipeline_tests.deploy.files import DEPLOY, ROOT, read, run

FILE = ROOT / "dagster_cloud.yaml"


def check(path: Path) -> CompletedProcess[str]:
    """Without asking Dagster+ itself."""
    where = ["--project-dir", str(path.parent), "--dagster-cloud-yaml-path", path.name]
    return run("dagster-cloud", "ci", "check", *where, "--dagster-cloud-connect-check", "skip")


def test_dagster_plus_takes_it() -> None:
    assert check(FILE).returncode == 0


def test_a_word_it_does_not_know_is_found(tmp_path: Path) -> None:
    wrong = read(FILE)
    wrong["locations"][0]["agent_que"] = wrong["locations"][0].pop("agent_queue")
    (tmp_path / FILE.name).write_text(yaml.safe_dump(wrong))

    found = check(tmp_path / FILE.name)

    assert found.returncode == 1
    assert "agent_que" in found.stdout


def test_its_agent_takes_what_it_says_of_pods() -> None:
    (location,) = read(FILE)["locations"]
    context = K8sContainerContext.create_from_config(location["container_context"])
    for config in (context.server_k8s_config, context.run_k8s_config):
        assert [list(source.values()) for source in config.container_config["env_from"]] == [
            [{"name": "ocr-pipeline"}], [{"name": "ocr-pipeline"}]
        ]  # fmt: skip


@pytest.mark.parametrize("name", ["location_name", "module_name"])
def test_the_location_is_the_one_of_the_workspace(name: str) -> None:
    (location,) = read(FILE)["locations"]
    (workspace,) = read(ROOT / "workspace.yaml")["load_from"]
    expected = {
        "location_name": workspace["grpc_server"]["location_name"],
        "module_name": read(DEPLOY / "helm" / "values.yaml")["dagster-user-deployments"]["deployments"][0][
            "dagsterApiGrpcArgs"
        ][1],
    }
    assert {**location, **location["code_source"]}[name] == expected[name]
