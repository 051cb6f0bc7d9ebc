"""`ocr-pipeline demo`."""

import sys
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ocr_pipeline.local.commands import explained, overview
from ocr_pipeline.local.demo import Shown, run_demo
from ocr_pipeline.local.stack import Stack
from ocr_pipeline.settings import Settings, get_settings


def demo(seed: Annotated[int, typer.Option(min=0, help="Another seed makes other documents.")] = 0) -> None:
    """Start the stack, send sample documents through it, show what becomes of them, and stop it."""
    # In a log file there is no window to fit into.
    console = Console(width=None if sys.stdout.isatty() else 160)
    with explained():
        stack = Stack(_with_free_ports(get_settings()))
        # A stack that runs already is used, and left running.
        started = not stack.status().running
        if started:
            stack.up(lambda message: console.print(message, highlight=False))
        endpoints = stack.status().endpoints
        try:
            shown = _run(console, Settings.of(stack.environment()), seed)
            if endpoints:
                console.print(overview(endpoints))
        finally:
            if started:
                with console.status("Stopping"):
                    stack.down()
    if started:
        console.print("The stack is stopped; its data is kept. Look at it with `make up`.")
    if unexpected := [one.file for one in shown if not one.is_as_expected]:
        console.print(f"Not as expected: {', '.join(unexpected)}", style="red")
        raise typer.Exit(1)


def _with_free_ports(settings: Settings) -> Settings:
    """Nobody types the demo's addresses, so it does without the usual ports, which may be in use."""
    ports = {"dagster_port", "api_port"} - settings.model_fields_set
    return settings.model_copy(update=dict.fromkeys(ports, 0))


def _run(console: Console, settings: Settings, seed: int) -> list[Shown]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Samples go into the inbox", total=None)
        shown = run_demo(
            settings,
            seed,
            lambda done, count, doing: progress.update(task, completed=done, total=count, description=doing),
        )
    console.print(_table(shown))
    return shown


def _table(shown: list[Shown]) -> Table:
    table = Table("file", "state", "vendor", "date", "total", "confidence", "seconds", box=SIMPLE_HEAD)
    for column in table.columns:
        column.no_wrap = True
    for one in shown:
        outcome, fields = one.outcome, one.outcome.fields
        state = f"{outcome.state.value}: {outcome.error.code.value}" if outcome.error else outcome.state.value
        table.add_row(
            one.file,
            state,
            fields.get("vendor_name", ""),
            fields.get("document_date", ""),
            f"{fields.get('total', '')} {fields.get('currency', '')}".strip(),
            "" if outcome.confidence is None else f"{outcome.confidence:.2f}",
            f"{sum(outcome.seconds.values()):.2f}",
        )
    return table
