"""What the tests of the API run against."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import uvicorn

from api.app import create_app
from ocr_pipeline.settings import Settings


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


class StandInDagster:
    """Answers the GraphQL call that launches a run, as Dagster does or would when something is wrong."""

    def __init__(self) -> None:
        self.launched: list[dict[str, str]] = []
        """Tags of the runs."""
        self.on_launch: Callable[[str], None] = lambda _: None
        """Called with the batch, in place of a worker."""
        self.partition: dict[str, str] = {"__typename": "AddDynamicPartitionSuccess"}
        self.run: dict[str, str] = {"__typename": "LaunchRunSuccess"}
        self.raw: bytes | None = None
        """An answer that is none of Dagster's."""
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

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,)).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, variables: dict[str, Any]) -> dict[str, Any]:
        tags = variables["run"]["executionMetadata"]["tags"]
        self.launched.append({tag["key"]: tag["value"] for tag in tags})
        self.on_launch(variables["batch"])
        return {"partition": self.partition, "run": self.run}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)
