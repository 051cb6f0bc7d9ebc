import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families

from ocr_pipeline.documents.model import Rejection, State
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.metrics import KEY, Metrics
from ocr_pipeline_tests.api.test_health import AWAY

Readings = dict[tuple[str, frozenset[tuple[str, str]]], float]


def _readings(text: str) -> Readings:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _value(readings: Readings, name: str, **labels: str) -> float:
    return readings.get((name, frozenset(labels.items())), 0.0)


@pytest.fixture
def api(serve: Callable[..., httpx.Client]) -> httpx.Client:
    """A new one a test: it goes on telling for a while what it counted in Postgres and Redis."""
    return serve()


@pytest.fixture
def client(settings: Settings) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        client.delete(KEY)
        yield client


def test_requests_are_counted_by_route_and_status(api: httpx.Client) -> None:
    before = _readings(api.get("/metrics").text)
    for path in ("/documents/x", "/documents/y", "/nowhere/1", "/nowhere/2"):
        api.get(path)
    api.request("MADEUP", "/documents/x")
    after = _readings(api.get("/metrics").text)

    def more(name: str, **labels: str) -> float:
        return _value(after, name, **labels) - _value(before, name, **labels)

    route = "/documents/{document_id}"
    assert more("ocr_http_requests_total", method="GET", route=route, status="404") == 2
    assert more("ocr_http_requests_total", method="GET", route="other", status="404") == 2
    assert more("ocr_http_request_seconds_count", method="GET", route=route) == 2
    assert not any("MADEUP" in dict(labels).values() for _, labels in after)


def test_what_workers_did_is_told(api: httpx.Client, client: "redis.Redis") -> None:
    accepted = Outcome(id="1", file="a", state=State.ACCEPTED, confidence=0.97, seconds={"ocr_text": 0.3, "raw": 0.01})
    doubted = Outcome(id="2", file="b", state=State.NEEDS_REVIEW, confidence=0.4, seconds={"ocr_text": 70.0})
    rejected = Outcome.of("3", "c", Rejection.of(ErrorCode.EMPTY_FILE))
    Metrics(client).observe([accepted, doubted])
    Metrics(client).observe([accepted, rejected])
    readings = _readings(api.get("/metrics").text)
    documents = {state: _value(readings, "ocr_documents_total", state=state) for state in State}
    assert documents == {"accepted": 2, "needs_review": 1, "rejected": 1, "waiting": 0, "processing": 0}
    assert _value(readings, "ocr_document_confidence_count") == 3
    assert _value(readings, "ocr_document_confidence_sum") == pytest.approx(2 * 0.97 + 0.4)
    confidence = {end: _value(readings, "ocr_document_confidence_bucket", le=end) for end in ("0.3", "0.4", "0.99")}
    assert confidence == {"0.3": 0, "0.4": 1, "0.99": 3}
    assert _value(readings, "ocr_stage_seconds_bucket", stage="ocr_text", le="0.5") == 2
    assert _value(readings, "ocr_stage_seconds_bucket", stage="ocr_text", le="60.0") == 2
    assert _value(readings, "ocr_stage_seconds_bucket", stage="ocr_text", le="+Inf") == 3
    assert _value(readings, "ocr_stage_seconds_sum", stage="ocr_text") == pytest.approx(70.6)
    assert _value(readings, "ocr_stage_seconds_bucket", stage="raw", le="0.01") == 2


def test_what_waits_is_told(api: httpx.Client, ledger: Ledger) -> None:
    batch, _ = ledger.register_batch([Arrival("a", "k1", "e", 1), Arrival("b", "k2", "e", 1)])
    ledger.start_batch(batch)
    ledger.register([Arrival("c", "k3", "e", 1)])
    readings = _readings(api.get("/metrics").text)
    assert _value(readings, "ocr_queue_documents", state="processing") == 2
    assert _value(readings, "ocr_queue_documents", state="waiting") == 1
    assert _value(readings, "ocr_service_up", service="Postgres") == 1


@pytest.mark.parametrize("service", ["Redis", "Postgres"])
def test_scrape_does_without_what_is_away(serve: Callable[..., httpx.Client], service: str) -> None:
    response = serve(**AWAY[service]).get("/metrics")
    assert response.status_code == 200
    readings = _readings(response.text)
    for name in ("Redis", "Postgres"):
        assert _value(readings, "ocr_service_up", service=name) == (name != service)
    assert ("ocr_documents_total" in response.text) == (service != "Redis")
    assert ("ocr_queue_documents" in response.text) == (service != "Postgres")


def test_any_process_tells_of_all(tmp_path: Path) -> None:
    def run(script: str) -> str:
        environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
        command = [sys.executable, "-c", f"from api.observation.request_metrics import exposition, observe; {script}"]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    run("[observe('GET', '/documents/{document_id}', 200, 0.004) for _ in range(3)]")
    told = run("observe('GET', '/documents/{document_id}', 200, 0.2); print(exposition().decode())")
    readings = _readings(told)
    where = {"method": "GET", "route": "/documents/{document_id}"}
    assert _value(readings, "ocr_http_requests_total", **where, status="200") == 4
    assert _value(readings, "ocr_http_request_seconds_bucket", **where, le="0.005") == 3
    assert _value(readings, "ocr_http_request_seconds_count", **where) == 4
