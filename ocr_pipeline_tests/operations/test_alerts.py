"""The alert rules name metrics that there are, and the page for the person on call knows every alert."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from api.observation import request_metrics
from api.observation.pipeline_metrics import _Queues, _Readings
from ocr_pipeline.storage.metrics import counted

_ROOT = Path(__file__).parents[2]
_RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((_ROOT / "deploy/alerts.yaml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
_PAGE = (_ROOT / "docs/operations.md").read_text(encoding="utf-8")
_OF_PROMETHEUS = {"up"}
_NOT_METRICS = {"state", "service", "stage", "le", "and", "by", "min", "max", "sum"}


@pytest.fixture(scope="module")
def told() -> set[str]:
    """Names of all samples of GET /metrics once something has happened."""
    registry = CollectorRegistry()
    registry.register(_Readings(counted({"documents:accepted": "1", "stage:ocr_text:1.0": "1"}), _Queues({}, 0)))
    request_metrics.observe("GET", "/documents/{document_id}", 200, 0.1)
    text = generate_latest(registry).decode() + request_metrics.exposition().decode()
    return {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule["alert"])
def test_metrics_of_a_rule_exist(rule: dict[str, Any], told: set[str]) -> None:
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", re.sub(r'"[^"]*"', "", rule["expr"]))
    words = set(re.findall(r"\b[a-z_]+\b(?!\s*\()", bare))
    named = {word for word in words if word.startswith("ocr_")} | words & _OF_PROMETHEUS
    assert named, "the rule watches nothing"
    assert words - named <= _NOT_METRICS
    assert named - _OF_PROMETHEUS <= told


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule["alert"])
def test_rule_is_whole_and_explained(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert re.fullmatch(r"[0-9]+m", rule["for"])
    assert rule["annotations"]["summary"]
    assert f"| `{rule['alert']}` | {rule['labels']['severity']} |" in _PAGE


def test_page_explains_no_alert_that_there_is_not() -> None:
    assert set(re.findall(r"^\| `(Ocr\w+)`", _PAGE, re.MULTILINE)) == {rule["alert"] for rule in _RULES}
