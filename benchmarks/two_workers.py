"""Two worker processes against one: documents a second over the same receipts.

    python -m benchmarks.two_workers [FOLDER]

Starts a local stack of its own, without workers for batches, and workers of its own: each on one core, with engines of
one thread. They take their first run when all runs are queued and all workers are warm. Counted is the time from the
beginning of the first run to the end of the last, as Dagster noted them.

Before that, processes on one core each compute the same stages and nothing else: two cores that share caches and
memory do less than twice the work of one. Prints JSON.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from celery import Celery
from sqlalchemy import text

from benchmarks.isolation import alone
from benchmarks.machine import machine
from benchmarks.post_ocr import Receipt, receipts_in, receipts_of, with_note
from benchmarks.stacks import drop, finished, own_stack, run_times, until
from ocr_pipeline.cores import limit_libraries
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger_rows import Lane

_BATCH = 10
"""Documents. Half of what is usual, so that no worker is long alone at the end."""
_QUEUE_SECONDS, _LOAD_SECONDS, _STOP_SECONDS = 120.0, 180.0, 60.0
_PATIENCE_SECONDS = 1800.0
_ANTEROOM = "benchmark-anteroom"
"""A queue that nothing is sent to: workers wait at it until they are let in."""


def main(
    folder: Annotated[Path | None, typer.Argument(help="JPEG and PNG files, in place of generated receipts.")] = None,
    count: Annotated[int, typer.Option(min=_BATCH, help="Documents.")] = 400,
    rounds: Annotated[int, typer.Option(min=1, help="Times that each is measured.")] = 1,
    seed: Annotated[int, typer.Option(help="Of the generated receipts.")] = 4000,
) -> None:
    receipts = list(islice(receipts_in(folder) if folder else receipts_of(seed), count))
    told = machine()
    computed = {processes: _computed_a_second(receipts, processes) for processes in (1, 2)}
    rates: dict[int, list[float]] = {1: [], 2: []}
    with own_stack(batch_workers=0, interactive_workers=0, batch_size=_BATCH, batch_seconds=2) as stack:
        for _ in range(rounds):
            for workers, measured in rates.items():
                measured.append(_documents_a_second(receipts, stack.environment(), workers))
                typer.echo(f"{workers}: {measured[-1]:.2f} documents a second", err=True)
    typer.echo(json.dumps({"machine": told, "documents": count, **summary(rates, computed)}, indent=2))


def summary(rates: dict[int, list[float]], computed: dict[int, float]) -> dict[str, object]:
    """Medians of the rounds, by the number of workers; `computed` by that of processes."""
    one, two = (statistics.median(rates[workers]) for workers in (1, 2))
    return {
        "one worker, documents a second": round(one, 3),
        "two workers, documents a second": round(two, 3),
        "ratio": round(two / one, 3),
        "computing alone, documents a second": {number: round(rate, 3) for number, rate in computed.items()},
        "computing alone, ratio": round(computed[2] / computed[1], 3),
        "rounds": rates,
    }


def _documents_a_second(receipts: list[Receipt], environment: dict[str, str], workers: int) -> float:
    settings = Settings.of(environment)
    keys = drop(settings, ((receipt.name, with_note(receipt.data, uuid4().hex.encode())) for receipt in receipts))
    batches = _queued(settings, keys)
    with (
        tempfile.TemporaryDirectory(prefix="workers-") as folder,
        Celery(broker=environment["OCR_REDIS_URL"]) as app,
        _workers(environment, workers, Path(folder), app) as nodes,
    ):
        app.control.add_consumer(Lane.BATCH.value, destination=nodes, reply=True)
        documents = finished(settings, keys, _PATIENCE_SECONDS)
        ended = partial(run_times, settings, batches, "SUCCESS")
        until(lambda: len(ended()) == len(batches), _QUEUE_SECONDS)
        times = ended()
    if rejected := sum(document.state == "rejected" for document in documents):
        raise RuntimeError(f"{rejected} documents were rejected")
    return len(keys) / (max(end for _, end in times) - min(start for start, _ in times))


def _computed_a_second(receipts: list[Receipt], processes: int) -> float:
    cores = sorted(os.sched_getaffinity(0))[:processes]
    start = time.monotonic() + _LOAD_SECONDS / 4
    with tempfile.TemporaryDirectory(prefix="computing-") as folder, ThreadPoolExecutor(len(cores)) as threads:

        def share(place: int) -> float:
            own = Path(folder) / str(place)
            own.mkdir()
            return next(alone({cores[place]}, compute, receipts[place :: len(cores)], start, own))

        ends = list(threads.map(share, range(len(cores))))
    return len(receipts) / (max(ends) - start)


def compute(receipts: list[Receipt], start: float, folder: Path) -> Iterator[float]:
    """All stages for these receipts from `start` on; yields when it is done, on the monotonic clock."""
    os.environ["OCR_THREADS"] = "1"
    tempfile.tempdir = str(folder)  # where the slots for cores lie: they are not shared with the other process
    limit_libraries()
    from ocr_pipeline.pipeline import process

    settings = Settings()
    process(receipts[0].data, receipts[0].name, settings)
    if time.monotonic() > start:
        raise TimeoutError("the engines took too long to load")
    time.sleep(start - time.monotonic())
    for receipt in receipts:
        process(receipt.data, receipt.name, settings)
    yield time.monotonic()


def _queued(settings: Settings, keys: list[str]) -> list[str]:
    """The batches of these files, once each has a run that waits for a worker."""
    engine = get_engine(settings.database_url.get_secret_value())
    asked = text(
        "SELECT batch, count(*) FROM ledger WHERE object_key = ANY(:keys) AND batch IS NOT NULL GROUP BY batch"
    )
    found: dict[str, int] = {}

    def are_queued() -> bool:
        with engine.connect() as connection:
            found.update({str(batch): int(size) for batch, size in connection.execute(asked, {"keys": keys})})
        return sum(found.values()) == len(keys) and len(run_times(settings, list(found), "STARTING")) == len(found)

    until(are_queued, _QUEUE_SECONDS)
    return list(found)


@contextmanager
def _workers(environment: dict[str, str], count: int, folder: Path, app: Celery) -> Iterator[list[str]]:
    """Warm workers that take nothing yet; the names of their nodes."""
    cores = sorted(os.sched_getaffinity(0))
    nodes = [f"{folder.name}-{number}@{socket.gethostname()}" for number in range(count)]
    running = []
    try:
        for node, core in zip(nodes, cores, strict=False):
            own = folder / str(core)
            own.mkdir()
            # Cores are shared out by files in the folder for temporary files: each worker has its own.
            apart = {**os.environ, **environment, "OCR_THREADS": "1", "OMP_NUM_THREADS": "1", "TMPDIR": str(own)}
            command = (
                *(sys.executable, "-m", "celery", "-A", "ocr_pipeline.worker", "worker", "--loglevel", "WARNING"),
                *("-n", node, "-Q", _ANTEROOM, "--pool", "prefork", "-c", "1"),
            )
            log = (folder / f"{core}.log").open("wb")
            worker = subprocess.Popen(command, env=apart, cwd=own, stdout=log, stderr=log)  # noqa: S603 - our own
            os.sched_setaffinity(worker.pid, {core})
            running.append(worker)
        until(lambda: len(app.control.ping(destination=nodes, timeout=1.0)) == count, _LOAD_SECONDS)
        yield nodes
    finally:
        for worker in running:
            worker.terminate()
        for worker in running:
            worker.wait(_STOP_SECONDS)


if __name__ == "__main__":
    typer.run(main)
