"""Whether what is done again and again stays as fast when the ledger grows, up to a million documents.

    python -m benchmarks.scale --documents 1000 --documents 100000 --documents 1000000

Starts servers of its own, and Dagster's code server and web server. A few batches of each size go the whole way, with
stages that return at once: inbox, sensor, ledger, partition, run, tables. The rest is copied from them, with Dagster's
runs, events and partitions. At each size everything is measured in the same way, on warm caches and analyzed tables.
Prints JSON, and a table of the ratios to the first size; draws a plot.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from dagster import DagsterInstance
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, text

from benchmarks import plot
from benchmarks.machine import machine
from benchmarks.scale_load import load
from benchmarks.scale_probes import Installation, median_ms, probes
from benchmarks.scale_stubs import stubbed_stages
from benchmarks.scale_ui import WebServer, ui_probes
from benchmarks.stacks import applications, environment_of, own_stack
from ocr_pipeline.local.stack import Stack

_UI = ("code-server", "dagster-webserver")
_REALLY_RUN = 2
"""Batches of each size that go the whole way."""
_BACKFILL = 20
"""Batches."""

Figures = dict[str, float]
"""Milliseconds by the name of what was measured."""


def main(
    *,
    documents: Annotated[list[int], typer.Option(min=100, help="Size of the ledger; give several.")],
    batch_size: Annotated[int, typer.Option(min=1, help="Documents of a batch.")] = 200,
    repeats: Annotated[int, typer.Option(min=1, help="Times that each is measured.")] = 15,
    ui: Annotated[bool, typer.Option(help="Whether Dagster's web server is measured too.")] = True,
    folder: Annotated[Path | None, typer.Option(help="Where the servers keep their data; removed by you.")] = None,
    output: Annotated[Path | None, typer.Option(help="Where the JSON goes too.", dir_okay=False)] = None,
    picture: Annotated[Path | None, typer.Option(help="Where the plot goes.", dir_okay=False)] = None,
) -> None:
    console = Console(stderr=True)
    sizes = sorted(documents)
    found: dict[int, Figures] = {}
    tables: dict[int, dict[str, dict[str, int]]] = {}
    with (
        own_stack(applications(_UI if ui else ()), folder, batch_size=batch_size, batch_seconds=0) as stack,
        _installation(stack) as (installation, server),
    ):
        for size in sizes:
            started = time.perf_counter()
            _grow(installation, size, sizes[-1], batch_size)
            console.print(f"{size} documents after {time.perf_counter() - started:.0f} s")
            found[size] = {}
            for name, milliseconds in _measure(installation, server, batch_size, repeats):
                found[size][name] = milliseconds
                console.print(f"  {name}: {milliseconds:.1f} ms")
            tables[size] = _sizes(installation.services.database)
    report = {"machine": machine(), "repeats": repeats, "milliseconds": found, "tables": tables}
    typer.echo(json.dumps(report, indent=2))
    console.print(ratios(found))
    if output is not None:
        output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if picture is not None:
        plot.scale(found, picture)


def ratios(found: Mapping[int, Figures]) -> Table:
    """Milliseconds at the smallest size, and how many times as long it takes at the others."""
    smallest, *others = sorted(found)
    table = Table("", f"{smallest:,}", *(f"{size:,}" for size in others))
    for name, milliseconds in found[smallest].items():
        times = (f"{found[size][name]:.1f} ms, {found[size][name] / milliseconds:.2f}" for size in others)
        table.add_row(name, f"{milliseconds:.1f} ms", *times)
    return table


@contextmanager
def _installation(stack: Stack) -> Iterator[tuple[Installation, WebServer | None]]:
    with environment_of(stack) as settings, stubbed_stages(), DagsterInstance.get() as instance:
        server = WebServer(settings.dagster_url) if "dagster-webserver" in stack.status().processes else None
        yield Installation(instance), server
        if server is not None:
            server.close()


def _grow(installation: Installation, size: int, largest: int, batch_size: int) -> None:
    """Brings the ledger to `size` documents, in batches."""
    engine = installation.services.database
    finished = [batch for _ in range(_REALLY_RUN) for batch in installation.process_inbox(batch_size)]
    with engine.connect() as connection:
        there = connection.scalar(text("SELECT count(*) FROM ledger")) or 0
        loaded = connection.scalar(text("SELECT count(*) FROM ledger WHERE object_key LIKE 'inbox/loaded/%'")) or 0
    first, missing = loaded // batch_size + 1, max(size - there, 0) // batch_size
    load(engine, finished[0], first, first + missing - 1, largest // batch_size)


def _measure(
    installation: Installation, server: WebServer | None, batch_size: int, repeats: int
) -> Iterator[tuple[str, float]]:
    for name, timed in probes(installation, batch_size):
        yield name, median_ms(timed, repeats)
    if server is not None:
        partitions = installation.partitions(_BACKFILL)
        for name, timed in ui_probes(server, partitions):
            yield name, median_ms(timed, repeats)


def _sizes(engine: Engine) -> dict[str, dict[str, int]]:
    """Rows and bytes of each table that has any, its indexes included."""
    asked = "SELECT relname, relid::regclass::text, pg_total_relation_size(relid) FROM pg_stat_user_tables"
    found = {}
    with engine.connect() as connection:
        for name, table, size in connection.execute(text(asked)).all():
            rows = connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0  # noqa: S608 - as Postgres quotes it
            if rows:
                found[name] = {"rows": rows, "bytes": size}
    return found


if __name__ == "__main__":
    typer.run(main)
