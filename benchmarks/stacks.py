"""Local stacks for benchmarks, each in a folder of its own and gone afterwards, and what is done with them."""

import os
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from ocr_pipeline.local.applications import PIPELINE, Applications
from ocr_pipeline.local.stack import Stack
from ocr_pipeline.settings import Settings, get_settings
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.storage.objects import open_store

_LOOK_SECONDS = 0.5


def applications(names: Collection[str]) -> Applications:
    """The servers, prepared as ever, and of the pipeline's programs only those of these names."""
    return Applications(
        prepare=PIPELINE.prepare,
        programs=lambda plan: [program for program in PIPELINE.programs(plan) if program.name in names],
    )


@contextmanager
def own_stack(programs: Applications = PIPELINE, folder: Path | None = None, **settings: Any) -> Iterator[Stack]:
    """A stack on free ports, in a temporary folder if none is given."""
    with tempfile.TemporaryDirectory(prefix="stack-") as temporary:
        stack = Stack(
            Settings(data_dir=folder or Path(temporary), **{"dagster_port": 0, "api_port": 0, **settings}), programs
        )
        stack.up()
        try:
            yield stack
        finally:
            stack.down()


@contextmanager
def environment_of(stack: Stack, **settings: object) -> Iterator[Settings]:
    """Makes this process one of the stack's, with some settings of its own, for as long as it lasts."""
    given = stack.environment() | {f"OCR_{name.upper()}": str(value) for name, value in settings.items()}
    before = dict(os.environ)
    os.environ.update(given)
    get_settings.cache_clear()
    try:
        yield get_settings()
    finally:
        os.environ.clear()
        os.environ.update(before)
        get_settings.cache_clear()


def drop(settings: Settings, files: Iterable[tuple[str, bytes]], prefix: str | None = None) -> list[str]:
    """Puts files, by name, into a folder of their own, in the inbox where no `prefix` is given; returns their keys."""
    store, folder = open_store(settings), uuid4().hex
    keys = []
    for number, (name, data) in enumerate(files):
        keys.append(f"{settings.s3_inbox_prefix if prefix is None else prefix}{folder}/{number}-{name}")
        store.put(keys[-1], data)
    return keys


def finished(settings: Settings, keys: Sequence[str], seconds: float) -> list[LedgerDocument]:
    """The documents of these files as soon as all are final. Raises TimeoutError."""
    ledger = Ledger(get_engine(settings.database_url.get_secret_value()))
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        documents = ledger.documents_of(keys)
        if len(documents) == len(keys) and all(document.state.is_final for document in documents):
            return documents
        time.sleep(_LOOK_SECONDS)
    raise TimeoutError


def run_times(settings: Settings, batches: Sequence[str], status: str) -> list[tuple[float, float]]:
    """Beginnings and ends of the batches' runs in that status."""
    asked = text(
        "SELECT start_time, end_time FROM dagster.runs JOIN dagster.run_tags USING (run_id) "
        "WHERE key = 'dagster/partition' AND value = ANY(:batches) AND status = :status"
    )
    with get_engine(settings.database_url.get_secret_value()).connect() as connection:
        rows = connection.execute(asked, {"batches": list(batches), "status": status})
        return [(start, end) for start, end in rows]


def failures(settings: Settings, batches: Sequence[str]) -> list[str]:
    """What went wrong in the batches' runs, as Dagster noted it."""
    asked = text(
        "SELECT event FROM dagster.event_logs JOIN dagster.run_tags USING (run_id) "
        "WHERE key = 'dagster/partition' AND value = ANY(:batches) "
        "AND dagster_event_type IN ('STEP_FAILURE', 'PIPELINE_FAILURE')"
    )
    with get_engine(settings.database_url.get_secret_value()).connect() as connection:
        return list(connection.scalars(asked, {"batches": list(batches)}))


def until(is_so: Callable[[], bool], seconds: float) -> None:
    """Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(_LOOK_SECONDS)
