"""`ocr-pipeline demo`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ocr_pipeline.errors import PipelineError
from ocr_pipeline.local.commands import explained, overview, signals_interrupt
from ocr_pipeline.local.stack import Stack
from ocr_pipeline.settings import Settings, get_settings

if TYPE_CHECKING:
    from ocr_pipeline.local.demo import Shown


_INTERRUPTED = 130


def demo(seed: Annotated[int, typer.Option(min=0, help="Another seed makes other documents.")] = 0) -> None:
    """Start the stack, send sample documents through it, show what becomes of them, and stop it."""
    # In a log file there is no window to fit into.
    console = Console(width=None if sys.stdout.isatty() else 160)
    with explained(), signals_interrupt():
        settings = get_settings()
        stack = Stack(_with_free_ports(settings))
        try:
            shown = _up_and_run(console, stack, seed)
        except KeyboardInterrupt:
            console.print("Interrupted.")
            raise typer.Exit(_INTERRUPTED) from None
        finally:
            if stack.is_ours:
                with console.status("Stopping"):
                    stack.down()
    if stack.is_ours:
        console.print(_farewell(settings), highlight=False, soft_wrap=True)
    if unexpected := [one.file for one in shown if not one.is_as_expected]:
        console.print(f"Not as expected: {', '.join(unexpected)}", style="red")
        raise typer.Exit(1)


def _up_and_run(console: Console, stack: Stack, seed: int) -> "list[Shown]":
    # A stack that runs already is used, and left running.
    if not stack.status().running:
        stack.up(lambda message: console.print(message, highlight=False))
    if endpoints := stack.status().endpoints:
        console.print("While it runs:")
        console.print(overview(endpoints))
    try:
        return _run(console, Settings.of(stack.environment()), seed)
    except PipelineError as error:
        # A stack that stopped itself left word of the reason.
        raise stack.status().failure or error from error


def _farewell(settings: Settings) -> str:
    """Where to look later; a port that is not set is known only then."""
    where = {
        "Dagster": f"http://localhost:{settings.dagster_port}" if settings.dagster_port else "",
        "the API": f"http://localhost:{settings.api_port}/docs" if settings.api_port else "",
    }
    named = " and ".join(f"{name} at {url}" for name, url in where.items() if url)
    folder = settings.data_dir.expanduser().resolve()
    return (
        f"The stack is stopped; its data is kept in {folder}, its logs in {folder / 'logs'}.\n"
        f"`make up` starts it again{f', with {named}' if named else ''}."
    )


def _with_free_ports(settings: Settings) -> Settings:
    """Nobody types the demo's addresses, so it does without the usual ports, which may be in use."""
    ports = {"dagster_port", "api_port"} - settings.model_fields_set
    return settings.model_copy(update=dict.fromkeys(ports, 0))


def _run(console: Console, settings: Settings, seed: int) -> "list[Shown]":
    # Imported here: the samples need OpenCV and MuPDF, which other commands do not wait for.
    from ocr_pipeline.local.demo import run_demo

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


def _table(shown: "list[Shown]") -> Table:
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
