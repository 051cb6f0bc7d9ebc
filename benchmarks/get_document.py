"""How many GET /documents/{id} a second one process of the API answers on one core, for a finished document.

Starts Postgres, Redis and S3 of its own and the API on the first core; they and the load generator have the others.
Every request bears a token that is checked, counts against the limit of requests, and is logged. Prints, as JSON, the
requests a second, the same per second of the API's CPU time (which holds also where other work runs on the core), and
the milliseconds that half and 99 of 100 requests took at most.
"""

import asyncio
import json
import os
import pstats
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import httpx
import psutil
import typer

from api import examples
from benchmarks.machine import machine
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.local.applications import Applications
from ocr_pipeline.local.stack import Stack
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.database import migrate
from ocr_pipeline.storage.ledger_rows import DEFAULT_TENANT
from ocr_pipeline.storage.results import Published, open_results
from ocr_pipeline.tokens import READ, create_token

_ONLY_SERVERS = Applications(prepare=lambda plan: migrate(plan.database_url), programs=lambda _: ())
_SECRET = "a secret of the benchmark, longer than 32 bytes"  # noqa: S105 - of a service that lives for a minute
_WARM_UP = 500


def main(
    count: Annotated[int, typer.Option(help="Requests.")] = 5000,
    connections: Annotated[int, typer.Option(help="Requests at a time.")] = 16,
    profile: Annotated[Path | None, typer.Option(help="Write the API's profile there, and print its top.")] = None,
) -> None:
    told = machine()
    first, *others = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, others or [first])
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Settings(data_dir=Path(folder), dagster_port=0, api_port=0), _ONLY_SERVERS)
        stack.up()
        try:
            environment = stack.environment()
            _publish(Settings.of(environment))
            with _api(environment, first, profile) as (port, process):
                asyncio.run(_ask(port, _WARM_UP, connections))
                before = sum(process.cpu_times()[:2])
                began = time.perf_counter()
                seconds = asyncio.run(_ask(port, count, connections))
                elapsed = time.perf_counter() - began
                busy = sum(process.cpu_times()[:2]) - before
        finally:
            stack.down()
    milliseconds = statistics.quantiles((1000 * each for each in seconds), n=100)
    typer.echo(
        json.dumps(
            {
                "machine": told,
                "requests a second": round(count / elapsed),
                "requests a second of CPU time": round(count / busy),
                "p50 ms": round(milliseconds[49], 2),
                "p99 ms": round(milliseconds[98], 2),
            },
            indent=2,
        )
    )
    if profile is not None:
        pstats.Stats(str(profile)).sort_stats("tottime").print_stats(40)


def _publish(settings: Settings) -> None:
    outcome = Outcome.model_validate(examples.FINISHED["accepted"]["value"])
    kept = outcome.model_copy(update={"expires_at": datetime.now(UTC) + timedelta(hours=1)})
    open_results(settings).publish([Published(DEFAULT_TENANT, kept)])


@contextmanager
def _api(environment: dict[str, str], core: int, profile: Path | None) -> Iterator[tuple[int, psutil.Process]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    profiling = ["-m", "cProfile", "-o", str(profile)] if profile else []
    serve = [sys.executable, *profiling, "-m", "uvicorn", "api.app:app", "--port", str(port), "--log-level", "warning"]
    limits = {"OCR_JWT_SECRET": _SECRET, "OCR_REQUESTS_PER_MINUTE": "100000000"}
    environment = {**os.environ, **environment, **limits}
    with subprocess.Popen(serve, env=environment, stdout=subprocess.DEVNULL) as server:  # noqa: S603 - our own command
        os.sched_setaffinity(server.pid, [core])
        try:
            for _ in range(600):
                try:
                    httpx.get(f"http://127.0.0.1:{port}/health")
                    break
                except httpx.ConnectError:
                    time.sleep(0.1)
            yield port, psutil.Process(server.pid)
        finally:
            server.send_signal(signal.SIGINT)


async def _ask(port: int, count: int, connections: int) -> list[float]:
    """Seconds that each request took."""
    token = create_token("benchmark", [READ], timedelta(hours=1), _SECRET)
    request = (
        f"GET /documents/{examples.DOCUMENT_ID} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()
    left = iter(range(count))
    seconds: list[float] = []

    async def ask_on() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(head.decode())
            length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            seconds.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(ask_on() for _ in range(connections)))
    return seconds


if __name__ == "__main__":
    typer.run(main)
