"""What the tests of the API run against."""

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import redis
import uvicorn

from api.app import create_app
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.ledger_rows import Lane


@contextmanager
def running_api(settings: Settings) -> Iterator[str]:
    """The service in a thread, as uvicorn runs it; gives its address."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=free_port(), log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        _until(lambda: server.started or not thread.is_alive())
        yield f"http://127.0.0.1:{server.config.port}"
    finally:
        server.should_exit = True
        thread.join()


class KeptApi:
    """One service for tests that follow each other with the same settings; most take less time than its start."""

    def __init__(self) -> None:
        self._settings: Settings | None = None
        self._running = ExitStack()

    def url(self, settings: Settings) -> str:
        if settings != self._settings:
            self.stop()
            self._url = self._running.enter_context(running_api(settings))
            self._settings = settings
        return self._url

    def stop(self) -> None:
        self._running.close()
        self._settings = None


class StandInDagster:
    """Takes runs of both lanes in place of Dagster: from the queue, and over GraphQL, well or with an error."""

    def __init__(self, redis_url: str) -> None:
        self._redis = redis.Redis.from_url(redis_url)
        self._lock = threading.RLock()
        self.forget()
        self._is_over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._send(b"{}")

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._send(outer.raw or json.dumps({"data": outer.answer(body["variables"])}).encode())

            def _send(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def forget(self) -> None:
        """All that was asked of it and sent to it."""
        with self._lock:
            self.on_launch: Callable[[str], None] = lambda _: None
            """Called with the batch, in place of a worker."""
            self.partition: dict[str, str] = {"__typename": "AddDynamicPartitionSuccess"}
            self.run: dict[str, str] = {"__typename": "LaunchRunSuccess"}
            self.raw: bytes | None = None
            """An answer to GraphQL that is none of Dagster's."""
            self._launched: list[dict[str, str]] = []
            self._redis.delete(Lane.INTERACTIVE.value)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,)).start()
        threading.Thread(target=self._work).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._is_over.set()
        self._server.shutdown()
        self._server.server_close()
        with self._lock:
            self._redis.close()

    @property
    def launched(self) -> list[dict[str, str]]:
        """Tags of the runs, those among them that were only just sent."""
        self._take_runs()
        return self._launched

    def answer(self, variables: dict[str, Any]) -> dict[str, Any]:
        tags = variables["run"]["executionMetadata"]["tags"]
        self._launched.append({tag["key"]: tag["value"] for tag in tags})
        self.on_launch(variables["batch"])
        return {"partition": self.partition, "run": self.run}

    def _work(self) -> None:
        while not self._is_over.wait(0.02):
            self._take_runs()

    def _take_runs(self) -> None:
        with self._lock:
            while not self._is_over.is_set() and (message := self._redis.rpop(Lane.INTERACTIVE.value)):
                (batch, tags), _, _ = json.loads(base64.b64decode(json.loads(message)["body"]))  # type: ignore[arg-type]
                self._launched.append(tags)
                self.on_launch(batch)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.01)
