"""A soak: thousands of small documents through a local stack of its own, and whether anything piles up.

    python -m benchmarks.soak --documents 5000

Most documents are PDFs with a text layer, every tenth is a picture that is recognized, and no two are the same. They
go into the inbox, every 20th through `POST /ocr`. Exits with 1 where a document or a run is stuck, a run failed, the
workers' memory grew by more than 5 % once they were warm, or connections to Postgres or the memory of Redis are not
bounded. Results expire from Redis after two minutes here, in place of a week, so that it reaches its level.
"""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NamedTuple

import httpx
import typer
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import Engine, text

from benchmarks import plot
from benchmarks.machine import machine
from benchmarks.soak_watch import Watch, as_columns, summary
from benchmarks.stacks import own_stack
from ocr_pipeline.samples.generate import compose
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.objects import ObjectStore, open_store
from ocr_pipeline.tokens import WRITE, create_token

_KINDS = 12
"""The generator's kinds come in turn; these are two of them."""
_SMALL_PDF, _THERMAL_RECEIPT = 11, 1
_PICTURE_EVERY = 10
_POST_EVERY = 20
_MOST_WAITING = 400
"""Unfinished documents at which no more are sent, where no rate is asked for."""
_STUCK_SECONDS = 180.0
"""Without a document that is finished."""
_LOOK_SECONDS = 1.0
_RUN_SECONDS = 120.0
"""For the last runs to end, once all documents are finished."""


class File(NamedTuple):
    name: str
    data: bytes
    is_posted: bool


def main(
    *,
    documents: Annotated[int, typer.Option(min=20, help="How many.")] = 5000,
    rate: Annotated[float, typer.Option(min=0, help="Documents a second; 0 for as many as get done.")] = 0.0,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two samples.")] = 3.0,
    seed: Annotated[int, typer.Option(help="Of the documents.")] = 5000,
    output: Annotated[Path | None, typer.Option(help="Where the JSON goes too, with samples.", dir_okay=False)] = None,
    picture: Annotated[Path | None, typer.Option(help="Where the plot goes.", dir_okay=False)] = None,
) -> None:
    console = Console(stderr=True)
    told = machine()
    with own_stack(
        batch_size=50,
        batch_seconds=5,
        inbox_interval_seconds=2,
        result_seconds=120,
        worker_bytes=0,  # workers that start afresh would hide what they do not give back
    ) as stack:
        environment = stack.environment()
        settings = Settings.of(environment)
        engine, store = get_engine(settings.database_url.get_secret_value()), open_store(settings)
        with Watch(stack, settings, engine, every) as watch, Progress(console=console) as progress:
            sender = _Sender(environment["OCR_API_URL"], settings, store)
            shown = progress.add_task("Documents", total=documents)
            sending = threading.Thread(
                target=sender.send, args=(documents, seed, rate, lambda: watch.look().unfinished), daemon=True
            )
            sending.start()
            problems = _follow(watch, documents, lambda done: progress.update(shown, completed=done))
            sender.stop()
            sending.join()
        problems += [*sender.problems, *_unended_runs(engine)]
        states = _counts(engine, "SELECT state, count(*) FROM ledger GROUP BY state")
        problems += [f"{states['rejected']} documents were rejected"] if "rejected" in states else []
        problems += [f"{sum(states.values())} documents in place of {documents}"] * (sum(states.values()) != documents)
        runs = _counts(engine, "SELECT status, count(*) FROM dagster.runs GROUP BY status")
        problems += [f"{runs['FAILURE']} runs failed"] if "FAILURE" in runs else []
        engine.dispose()
        store.close()
    samples = watch.samples
    found, unbounded = summary(samples)
    problems += unbounded
    report = {"machine": told, "documents": states, "runs": runs, **found, "problems": problems}
    typer.echo(json.dumps(report, indent=2))
    if output is not None:
        output.write_text(json.dumps({**report, "samples": as_columns(samples)}) + "\n", encoding="utf-8")
    if picture is not None:
        plot.soak(samples, f"{documents} documents; {told['cpu']}; {told['date']}", picture)
    if problems:
        raise typer.Exit(1)


def file_of(number: int, seed: int) -> File:
    """The document of that number; each has one page, and what stands on it is its own."""
    kind = _THERMAL_RECEIPT if number % _PICTURE_EVERY == _PICTURE_EVERY // 2 else _SMALL_PDF
    sample, data = compose(Path(), seed, kind + _KINDS * number)
    return File(sample.path.name, data, number % _POST_EVERY == 0)


class _Sender:
    """Sends documents, and notes what did not go as it should."""

    def __init__(self, api: str, settings: Settings, store: ObjectStore) -> None:
        self.problems: list[str] = []
        self._settings = settings
        self._store = store
        token = create_token("soak", [WRITE], timedelta(hours=6), settings.jwt_secret.get_secret_value())
        self._api = httpx.Client(base_url=api, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        self._is_over = threading.Event()

    def send(self, count: int, seed: int, rate: float, waiting: Callable[[], int]) -> None:
        """At `rate` documents a second, or so that a few hundred wait."""
        began = time.monotonic()
        with ThreadPoolExecutor(1) as poster:
            for number in range(count):
                pause = number / rate - (time.monotonic() - began) if rate else 0.0
                while not self._is_over.wait(max(pause, 0.0)) and not rate and number % 20 == 0:
                    if waiting() < _MOST_WAITING:
                        break
                    pause = _LOOK_SECONDS
                if self._is_over.is_set():
                    return
                file = file_of(number, seed)
                if file.is_posted:
                    poster.submit(self._post, file)
                else:
                    self._store.put(f"{self._settings.s3_inbox_prefix}soak/{file.name}", file.data)

    def stop(self) -> None:
        self._is_over.set()

    def _post(self, file: File) -> None:
        try:
            answer = self._api.post("/ocr", files={"file": (file.name, file.data)})
        except httpx.HTTPError as error:
            self.problems.append(f"POST /ocr of {file.name}: {error!r}")
        else:
            if not answer.is_success:
                self.problems.append(f"POST /ocr of {file.name}: {answer.status_code} {answer.text[:200]}")


def _follow(watch: Watch, documents: int, tell: Callable[[int], None]) -> list[str]:
    """Returns when all documents are finished, or when nothing has been for long; then that is a problem."""
    finished, since = 0, time.monotonic()
    while finished < documents:
        time.sleep(_LOOK_SECONDS)
        seen = watch.look()
        if seen.finished > finished:
            finished, since = seen.finished, time.monotonic()
            tell(finished)
        elif time.monotonic() - since > _STUCK_SECONDS:
            return [f"nothing was finished for {_STUCK_SECONDS:.0f} s: {seen.unfinished} documents are unfinished"]
    return []


def _unended_runs(engine: Engine) -> list[str]:
    """Of Dagster, after they had time to end."""
    asked = "SELECT status, count(*) FROM dagster.runs WHERE status NOT IN ('SUCCESS', 'FAILURE') GROUP BY status"
    deadline = time.monotonic() + _RUN_SECONDS
    while (left := _counts(engine, asked)) and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
    return [f"{count} runs are {status}" for status, count in left.items()]


def _counts(engine: Engine, query: str) -> dict[str, int]:
    with engine.connect() as connection:
        return {str(name): int(count) for name, count in connection.execute(text(query))}


if __name__ == "__main__":
    typer.run(main)
