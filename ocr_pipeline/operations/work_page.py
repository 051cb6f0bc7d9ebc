"""How the work goes, on the terminal."""

from datetime import UTC, datetime

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ocr_pipeline.operations.work import Task, Tick, Work, Worker

_UNKNOWN = "unknown"


def work_page(work: Work, now: datetime) -> RenderableType:
    parts: list[RenderableType] = [_summary(work, now)]
    if work.workers:
        parts.append(_workers(work.workers, now))
    if work.ticks:
        parts.append(_ticks(work.ticks, now))
    parts += [Text(problem, style="red") for problem in work.problems]
    return Group(*parts)


def ago(moment: datetime | None, now: datetime) -> str:
    """Such as ``3 min ago``."""
    if moment is None:
        return ""
    seconds = max(0, round((now - moment.astimezone(UTC)).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"


def _summary(work: Work, now: datetime) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("Services", ", ".join(f"{name} {'ok' if up else 'away'}" for name, up in work.services.items()))
    table.add_row("Documents", _documents(work, now))
    table.add_row("Batches", _batches(work, now))
    table.add_row("Last hour", _last_hour(work))
    queues = work.queues
    table.add_row("Queues", _UNKNOWN if queues is None else ", ".join(f"{queues[name]} {name}" for name in queues))
    table.add_row("Webhooks", _UNKNOWN if work.webhooks_due is None else f"{work.webhooks_due} to be delivered")
    return table


def _documents(work: Work, now: datetime) -> str:
    if (documents := work.documents) is None:
        return _UNKNOWN
    oldest = f"; the oldest arrived {ago(documents.oldest, now)}" if documents.oldest else ""
    return f"{documents.waiting:,} waiting, {documents.processing:,} in work{oldest}"


def _batches(work: Work, now: datetime) -> str:
    if (batches := work.batches) is None:
        return _UNKNOWN
    oldest = f"; the oldest was closed {ago(batches.oldest, now)}" if batches.oldest else ""
    return f"{batches.unfinished:,} unfinished{oldest}" + (f"; {batches.faults} faults" if batches.faults else "")


def _last_hour(work: Work) -> str:
    if (last := work.last_hour) is None:
        return _UNKNOWN
    failed = "" if last.failed_runs is None else f", {last.failed_runs} failed runs"
    return f"{last.documents:,} documents finished, {last.rejected:,} rejected; {last.faults} faults{failed}"


def _workers(workers: tuple[Worker, ...], now: datetime) -> Table:
    table = Table("worker", "host", "queues", "works on", "since", box=SIMPLE_HEAD)
    for worker in workers:
        doing = "\n".join(_doing(task) for task in worker.tasks)
        since = "\n".join(ago(task.since, now) for task in worker.tasks)
        table.add_row(worker.name.partition("@")[0], worker.host, ", ".join(worker.queues), doing or "-", since)
    return table


def _doing(task: Task) -> str:
    return f"batch {task.batch}" if task.batch else f"run {task.run or task.name}"


def _ticks(ticks: tuple[Tick, ...], now: datetime) -> Table:
    table = Table("sensor or schedule", "last tick", "status", box=SIMPLE_HEAD)
    for tick in ticks:
        table.add_row(tick.name, ago(tick.at, now), tick.status)
    return table
