"""SIGKILL for API, worker, Redis and Postgres, each once during one batch: it ends well, and its sender is told."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import httpx
from standardwebhooks import Webhook

from ocr_pipeline.samples.generate import compose
from ocr_pipeline.versions import stage_versions
from ocr_pipeline.webhook_secret import webhook_secret
from ocr_pipeline_tests.running_stack import RunningStack, wait_for

COUNT = 100
_KINDS_OF_SAMPLES = 12
_LONG_INVOICE, _SMALL_INVOICE = 6, 11


class File(NamedTuple):
    name: str
    data: bytes


def test_a_batch_survives_and_its_webhook_is_told(running: RunningStack, tmp_path: Path) -> None:
    running.wait_until_running()
    files = invoices(tmp_path, seed=71, count=COUNT)
    with receiver() as (url, received):
        form = [("files", file) for file in files]
        batch = running.api.post("/batch", files=form, params={"webhook": url}).raise_for_status().json()["batch"]
        for done, program in enumerate(("batch-1", "redis", "api", "postgres"), start=1):
            _wait_for_texts(running, files, 5 * done)
            assert not _done(running, batch)
            running.kill(program)
            running.wait_until_running()
        status = wait_for(lambda: _done(running, batch), 240, lambda: str(_status(running, batch)))
        wait_for(lambda: received or None, 60, lambda: "the webhook was not told")

    assert sum(status["counts"].values()) == COUNT
    assert set(status["counts"]) <= {"accepted", "needs_review"}
    ids = [document["id"] for document in status["documents"]]
    rows = running.rows("SELECT document_id FROM documents WHERE document_id = ANY(:ids)", ids=ids)
    assert sorted(row["document_id"] for row in rows) == sorted(ids)
    assert len({headers["webhook-id"] for headers, _ in received}) == 1
    headers, body = received[0]
    told = Webhook(webhook_secret(running.settings) or "").verify(body, headers)
    assert told["data"]["batch"] == batch


def invoices(folder: Path, seed: int, count: int) -> list[File]:
    """PDFs with a text layer, of which many are read in the time of one photo; every other one has three pages."""
    made = [
        compose(folder, seed, turn * _KINDS_OF_SAMPLES + kind)
        for turn in range(count // 2)
        for kind in (_LONG_INVOICE, _SMALL_INVOICE)
    ]
    assert {sample.id.partition("-")[2] for sample, _ in made} == {"invoice-long", "invoice-small"}
    return [File(sample.path.name, data) for sample, data in made]


@contextmanager
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A webhook's address on loopback, and what it got so far."""
    received: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.05,)).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", received
        finally:
            server.shutdown()


def _wait_for_texts(running: RunningStack, files: Sequence[File], count: int) -> None:
    """Until that many of the files were read."""
    wanted = {sha256(file.data).hexdigest() for file in files}
    prefix = f"stages/ocr_text/{stage_versions(running.settings)['ocr_text']}/"

    def read() -> int:
        return len(wanted & {stored.key.removeprefix(prefix).split("/")[0] for stored in running.store.list(prefix)})

    wait_for(lambda: read() >= count or None, 120, lambda: f"{read()} texts, not {count}")


def _status(running: RunningStack, batch: str) -> dict[str, Any] | None:
    try:
        answer = running.api.get(f"/batches/{batch}")
    except httpx.TransportError:  # it is just being started again
        return None
    found: dict[str, Any] = json.loads(answer.content)
    return found if answer.is_success else None


def _done(running: RunningStack, batch: str) -> dict[str, Any] | None:
    status = _status(running, batch)
    return status if status and status["done"] else None
