"""Receivers of webhooks, as somebody else runs them."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

LOOPBACK = "127.0.0.0/8"
"""Of the settings: without it nothing on this machine is ever called."""


class Received(NamedTuple):
    path: str
    headers: Mapping[str, str]
    """By name in lower case."""
    body: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class Answer(NamedTuple):
    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Receiver:
    """Answers 200, or what `answers` holds, one for each request."""

    def __init__(self, *answers: int | Answer) -> None:
        self.answers = [Answer(answer) if isinstance(answer, int) else answer for answer in answers]
        self.received: list[Received] = []
        self.may_answer = threading.Event()
        """Cleared, requests wait."""
        self.may_answer.set()
        self.most_at_once = 0
        self._open = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                with outer._counted(Received(self.path, headers, body)) as answer:
                    self.send_response(answer.status)
                    for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer.body)

            def log_message(self, *_: Any) -> None: ...

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook?from=ocr"

    @contextmanager
    def _counted(self, received: Received) -> Iterator[Answer]:
        with self._lock:
            self.received.append(received)
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
            answer = self.answers.pop(0) if self.answers else Answer()
        self.may_answer.wait(30)
        try:
            yield answer
        finally:
            with self._lock:
                self._open -= 1

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,)).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.may_answer.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Senders that hang up are no fault of the receiver's."""


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.02)
