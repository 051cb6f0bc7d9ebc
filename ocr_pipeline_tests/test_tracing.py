"""Traces, at a receiver that speaks OTLP over HTTP as a collector does."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ocr_pipeline import tracing
from ocr_pipeline.orchestration import run_signals
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Ledger, moment
from ocr_pipeline.storage.ledger_rows import Finished
from ocr_pipeline.storage.run_queue import TASK
from ocr_pipeline.storage.tables import BatchTables, write_batch
from ocr_pipeline_tests.api.conftest import api, dagster, kept_api, kept_dagster, serve, settings, token
from ocr_pipeline_tests.api.servers import StandInDagster

__all__ = ["api", "dagster", "kept_api", "kept_dagster", "serve", "settings", "token"]


class Span(NamedTuple):
    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]
    is_failed: bool


class Receiver:
    def __init__(self) -> None:
        self.services: set[str] = set()
        self._spans: list[Span] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
                for resource in sent.resource_spans:
                    named = {entry.key: entry.value.string_value for entry in resource.resource.attributes}
                    outer.services.add(named["service.name"])
                    for scope in resource.scope_spans:
                        outer._spans += map(_span, scope.spans)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def spans(self) -> dict[str, Span]:
        """By name, all that were ended until now."""
        tracing.flush()
        return {span.name: span for span in self._spans}

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _span(sent: Any) -> Span:
    attributes = {entry.key: getattr(entry.value, entry.value.WhichOneof("value")) for entry in sent.attributes}
    ids = (sent.trace_id.hex(), sent.span_id.hex(), sent.parent_span_id.hex())
    return Span(sent.name, *ids, attributes, sent.status.code == sent.status.STATUS_CODE_ERROR)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    receiver = Receiver()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    tracing.is_enabled.cache_clear()
    tracing.provider.cache_clear()
    yield receiver
    tracing.provider().shutdown()
    tracing.is_enabled.cache_clear()
    tracing.provider.cache_clear()
    receiver.stop()


def test_one_trace_leads_from_the_request_to_the_rows(
    receiver: Receiver, serve: Callable[..., httpx.Client], dagster: StandInDagster, settings: Settings
) -> None:
    api = serve()
    answer = api.post("/ocr", params={"wait": 0}, files={"file": ("a.jpg", b"bytes")}, headers={"X-Request-ID": "r-7"})
    assert answer.status_code == 202
    (tags,) = dagster.launched
    batch = tags["dagster/partition"]
    with _as_a_worker(batch, tags):
        _carry_out(settings, batch, answer.json()["id"])

    spans = receiver.spans()
    way = ["POST /ocr", "run", "ocr_text", "write_rows"]
    assert set(way) <= spans.keys()
    assert len({spans[name].trace for name in way}) == 1
    assert spans["run"].parent == spans["POST /ocr"].id
    assert spans["ocr_text"].parent == spans["write_rows"].parent == spans["run"].id
    assert spans["POST /ocr"].attributes["ocr.request_id"] == "r-7"
    assert spans["run"].attributes == {"ocr.batch": batch, "ocr.worker": "interactive-1@host"}
    assert spans["write_rows"].attributes["ocr.documents"] == 1
    assert tracing.trace_id(tags[tracing.TAG]) == spans["run"].trace
    assert receiver.services == {"ocr-pipeline"}


def test_request_continues_the_trace_of_its_sender(receiver: Receiver, serve: Callable[..., httpx.Client]) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    serve().get("/documents", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert receiver.spans()["GET /documents"].trace == trace


def test_probes_leave_no_trace(receiver: Receiver, serve: Callable[..., httpx.Client]) -> None:
    api = serve()
    for probe in ("/health", "/metrics"):
        assert api.get(probe).is_success
    assert receiver.spans() == {}


def test_error_is_noted(receiver: Receiver) -> None:
    with pytest.raises(OSError, match="full"), tracing.span("structured_records"):
        raise OSError("full")
    assert receiver.spans()["structured_records"].is_failed


def test_without_an_endpoint_nothing_is_loaded_and_a_span_is_nothing() -> None:
    program = (
        "import sys; from api.app import app; from ocr_pipeline import tracing\n"
        "with tracing.span('x', batch='b') as nothing: assert nothing is None\n"
        "assert tracing.tags() == {}; tracing.note(request_id='1'); tracing.flush()\n"
        "assert tracing.carried(print) is print\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry.exporter')]\n"
        "assert tracing.provider.cache_info().currsize == 0"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


def test_without_the_extra_the_endpoint_is_left_alone() -> None:
    program = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'opentelemetry': raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "from ocr_pipeline import tracing\n"
        "assert not tracing.is_enabled()\n"
        "with tracing.span('x'): pass"
    )
    environment = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


@contextmanager
def _as_a_worker(batch: str, tags: dict[str, str]) -> Iterator[None]:
    """What Celery calls before and after a task, in a thread that knows nothing of the request."""

    class Task:
        name = TASK

        class request:  # noqa: N801 - as Celery names it
            hostname = "interactive-1@host"

    run_signals._begin(task=Task, args=(batch, tags), kwargs={})
    try:
        yield
    finally:
        run_signals._end()


def _carry_out(settings: Settings, batch: str, document_id: str) -> None:
    engine = get_engine(settings.database_url.get_secret_value())
    (document,) = Ledger(engine).start_batch(batch)

    def read() -> None:
        with tracing.span("ocr_text", document=document.id):
            pass

    with ThreadPoolExecutor(1) as threads:
        threads.submit(tracing.carried(read)).result()
    finished = Finished(document_id, document.state.REJECTED, None, {})
    write_batch(engine, batch, BatchTables([], [], [], [finished], {}), moment())
