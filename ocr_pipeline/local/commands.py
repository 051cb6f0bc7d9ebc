"""`ocr-pipeline up | down | status`."""

import contextlib
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.local.plan import Endpoints
from ocr_pipeline.local.stack import Stack, Status
from ocr_pipeline.settings import get_settings

if TYPE_CHECKING:
    from ocr_pipeline.operations.work import Work

_NOT_RUNNING = 3
_DETACH = typer.Option("--detach", "-d", help="Return when everything is ready, and leave it running.")
_JSON = typer.Option("--json", help="Print JSON.")


def up(detach: Annotated[bool, _DETACH] = False) -> None:
    """Start Postgres, Redis, S3, Dagster, the workers and the API on this machine."""
    console = Console(stderr=True)
    with explained(console):
        stack = Stack(get_settings())
        with signals_interrupt():
            try:
                with console.status("Starting") as status:

                    def show(message: str) -> None:
                        status.update(message)
                        console.print(message, highlight=False)

                    endpoints = stack.up(show)
                console.print(overview(endpoints))
                if detach:
                    console.print("Stop it with `ocr-pipeline down`.")
                    return
                console.print("Stop it with Ctrl-C.")
                stack.wait()
                console.print("The stack was stopped.")
            except KeyboardInterrupt:
                if not stack.is_ours:
                    raise
                with console.status("Stopping"):
                    stack.down()
                console.print("Stopped.")


def down() -> None:
    """Stop everything that `up` started from this data folder."""
    console = Console(stderr=True)
    with explained(console):
        settings = get_settings()
        with console.status("Stopping"):
            was_running = Stack(settings).down()
        if not was_running:
            raise PipelineError(ErrorCode.STACK_NOT_RUNNING, data_dir=settings.data_dir.resolve())
        console.print("Stopped.")


def status(as_json: Annotated[bool, _JSON] = False) -> None:
    """Show what runs and where, and how the work goes; the exit status is 3 unless all of it runs.

    All of it is every program of the local stack. Where there is none, it is the services that the settings name, and
    a worker at least.
    """
    # Imported here: it loads the clients of all services, which other commands do not wait for.
    from ocr_pipeline.operations.status import Report, report

    console = Console()
    with explained(Console(stderr=True)):
        found: Report = report(get_settings())
    if as_json:
        console.print_json(data={**_as_json(found.stack), "work": found.work and found.work.model_dump(mode="json")})
    else:
        _show(console, found.stack, found.work)
    if not found.is_running:
        raise typer.Exit(_NOT_RUNNING)


@contextlib.contextmanager
def explained(console: Console | None = None) -> Iterator[None]:
    """A failure with a code ends the command with its sentence and advice, and exit status 1."""
    try:
        yield
    except PipelineError as error:
        console = console or Console(stderr=True)
        # As plain text: a log's last lines may hold square brackets, which are markup to rich.
        console.print(f"{error.message}\n{error.advice}", style="red", markup=False, highlight=False)
        raise typer.Exit(1) from error


@contextlib.contextmanager
def signals_interrupt() -> Iterator[None]:
    """SIGTERM and a closed terminal stop the stack as Ctrl-C does."""

    def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
        # A closed terminal and make may tell us both, and what the first word set off is stopping the stack.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _as_json(found: Status) -> dict[str, object]:
    endpoints = found.endpoints.model_dump(mode="json") if found.endpoints else {}
    urls = {name: endpoints.pop(name, "") for name in ("dagster", "api", "api_docs", "s3")}
    return {
        "running": found.running,
        **endpoints,
        "urls": urls,
        "processes": {name: process.model_dump() for name, process in found.processes.items()},
        "failure": found.failure.message if found.failure else None,
    }


def overview(endpoints: Endpoints) -> Table:
    """Where everything is."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    rows = {
        "Dagster": endpoints.dagster,
        "API": endpoints.api_docs,
        "S3": endpoints.s3,
        "Inbox": f"s3://{endpoints.bucket}/{endpoints.inbox_prefix}",
        "Postgres": endpoints.database_url,
        "Redis": endpoints.redis_url,
        "Logs": str(endpoints.logs),
        "Credentials": f"{endpoints.credentials_file}  (in a shell: set -a; . FILE)",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _show(console: Console, found: Status, work: "Work | None") -> None:
    if found.failure:
        console.print(found.failure.message, style="red", markup=False, highlight=False)
    if found.processes:
        _show_programs(console, found)
    elif work is None:
        console.print("The stack is not running. Start it with `ocr-pipeline up`.")
    if work is not None:
        from ocr_pipeline.operations.work_page import work_page

        console.print(work_page(work, datetime.now(UTC)), highlight=False)


def _show_programs(console: Console, found: Status) -> None:
    if found.endpoints:
        console.print(overview(found.endpoints))
    table = Table("Program", "State", "Process")
    for name, process in sorted(found.processes.items()):
        table.add_row(name, process.state, str(process.pid or ""))
    console.print(table)
