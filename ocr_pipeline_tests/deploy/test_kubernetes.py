"""The manifests of our own programs, as kubectl puts them together."""

from typing import Any

import kubernetes_validate
import pytest
import yaml

from ocr_pipeline_tests.deploy.files import DEPLOY, OF_THE_WORKSPACE, SETTINGS, read, run, values

VERSION = "1.34"


@pytest.fixture(scope="module")
def resources() -> list[dict[str, Any]]:
    rendered = run("kubectl", "kustomize", DEPLOY / "kubernetes")
    assert rendered.returncode == 0, rendered.stderr
    return list(yaml.safe_load_all(rendered.stdout))


def of_kind(resources: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {resource["metadata"]["name"]: resource for resource in resources if resource["kind"] == kind}


def test_kubernetes_knows_every_field(resources: list[dict[str, Any]]) -> None:
    for resource in resources:
        kubernetes_validate.validate(resource, VERSION, strict=True)


def test_every_variable_is_a_setting(resources: list[dict[str, Any]]) -> None:
    (settings,) = of_kind(resources, "ConfigMap").values()
    assert {name for name in settings["data"] if name.startswith("OCR_")} <= SETTINGS | OF_THE_WORKSPACE


def test_workers_are_given_the_time_they_take_to_stop(resources: list[dict[str, Any]]) -> None:
    (settings,) = of_kind(resources, "ConfigMap").values()
    workers = [one for name, one in of_kind(resources, "Deployment").items() if "-worker-" in name]
    assert len(workers) == 3
    for worker in workers:
        seconds = worker["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
        assert seconds > float(settings["data"]["OCR_DRAIN_SECONDS"])


def test_what_selects_pods_finds_some(resources: list[dict[str, Any]]) -> None:
    pods = [one["spec"]["template"]["metadata"]["labels"] for one in of_kind(resources, "Deployment").values()]
    selected = [
        labels
        for kind in ("Service", "PodDisruptionBudget")
        for one in of_kind(resources, kind).values()
        for labels in [one["spec"]["selector"].get("matchLabels", one["spec"]["selector"])]
    ]
    selected += [
        peer["podSelector"]["matchLabels"]
        for policy in of_kind(resources, "NetworkPolicy").values()
        for rule in policy["spec"]["ingress"]
        for peer in rule["from"]
    ]
    assert len(selected) == 3
    assert all(any(labels.items() <= pod.items() for pod in pods) for labels in selected)


def test_dagster_s_chart_fits_to_them(resources: list[dict[str, Any]]) -> None:
    chart = read(DEPLOY / "helm" / "values.yaml")
    (settings,) = of_kind(resources, "ConfigMap").values()
    (code,) = chart["dagster-user-deployments"]["deployments"]
    web = chart["dagsterWebserver"]
    programs = [code, web, chart["dagsterDaemon"]]
    (policy,) = of_kind(resources, "NetworkPolicy").values()

    images = {image for one in of_kind(resources, "Deployment").values() for image in values(one, "image")}
    assert {f"{program['image']['repository']}:{program['image']['tag']}" for program in programs} == images
    assert settings["data"]["OCR_CODE_SERVER_HOST"] == code["name"]
    assert settings["data"]["OCR_CODE_SERVER_PORT"] == str(code["port"])
    assert web["workspace"]["servers"] == [{"host": code["name"], "port": code["port"], "name": "ocr_pipeline"}]
    port = web["service"]["port"]
    assert settings["data"]["OCR_DAGSTER_URL"] == f"http://dagster-{web['nameOverride']}:{port}"
    assert web["readinessProbe"]["httpGet"]["port"] == port
    assert list(values(policy, "ports")) == [[{"port": port}]]
    secrets = {secret["name"] for one in resources for secret in values(one, "secretRef")}
    for program in programs:
        assert program["env"] == [{"name": "DAGSTER_HOME", "value": _home_of_the_image()}]
        assert {source["name"] for source in program["envConfigMaps"]} == {settings["metadata"]["name"]}
        assert {source["name"] for source in program["envSecrets"]} == secrets


def _home_of_the_image() -> str:
    (home,) = (
        line.removeprefix("ENV DAGSTER_HOME=")
        for line in (DEPLOY / "Dockerfile").read_text().splitlines()
        if line.startswith("ENV DAGSTER_HOME=")
    )
    return home
