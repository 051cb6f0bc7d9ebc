"""A document's story on the terminal."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ocr_pipeline.operations.story import Arrival, Batch, Ending, Run, Stage, Story, Telling


def story_page(story: Story) -> RenderableType:
    state = "erased" if story.erased_at else story.state.value
    parts: list[RenderableType] = [Text(f"{story.id}  {story.arrival.file}  {state}", style="bold")]
    parts += _section("Arrival", _pairs(_arrival(story.arrival, story)))
    if story.batch is not None:
        parts += _section("Batch", _pairs(_batch(story.batch)))
        parts += _section("Runs of the batch", *_runs(story))
    parts += _section("Stages", _stages(story.stages))
    if story.ending is not None:
        parts += _section("Rejected" if story.ending.advice else "Verdict", _pairs(_ending(story.ending)))
    if story.duplicates:
        parts += _section("Duplicates that came later", *map(Text, story.duplicates))
    if story.deliveries:
        parts += _section("Webhooks", _deliveries(story.deliveries))
    if story.erased_at is not None:
        parts += _section("Erased", Text(f"{moment(story.erased_at)}; only this row is left of it."))
    if story.next is not None:
        parts += _section("Next", Text(story.next))
    return Group(*parts)


def moment(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _section(title: str, *contents: RenderableType) -> list[RenderableType]:
    return [Text(f"\n{title}", style="bold cyan"), *(Padding(content, (0, 0, 0, 2)) for content in contents)]


def _pairs(rows: Mapping[str, str]) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in rows.items():
        if value:
            table.add_row(name, Text(value, overflow="fold"))
    return table


def _arrival(arrival: Arrival, story: Story) -> dict[str, str]:
    gone = " (not there any more)" if arrival.is_in_bucket is False else ""
    return {
        "at": f"{moment(arrival.at)} UTC",
        "key": f"{arrival.key}{gone}",
        "size": f"{arrival.bytes:,} bytes",
        "pages": str(story.pages or ""),
        "content": story.sha256 or "",
        "kept as": story.original or "",
        "tenant": arrival.tenant,
        "sender": arrival.sender or "the inbox",
        "request": arrival.request or "",
        "options": ", ".join(f"{name}={value}" for name, value in arrival.options.items()),
    }


def _batch(batch: Batch) -> dict[str, str]:
    since = {"partition retired": batch.is_retired, "outputs removed": batch.is_cleared}
    return {
        "key": batch.key,
        "lane": batch.lane,
        "closed": moment(batch.closed_at),
        "finished": moment(batch.finished_at),
        "looked after": moment(batch.looked_after_at) if batch.finished_at is None else "",
        "documents": ", ".join(f"{count} {state}" for state, count in batch.documents.items()),
        "faults": str(batch.faults or ""),
        "since then": ", ".join(word for word, is_so in since.items() if is_so),
    }


def _runs(story: Story) -> Iterable[RenderableType]:
    if not story.are_runs_known:
        yield Text("Dagster's tables could not be read.", style="red")
        return
    if not story.runs:
        yield Text("None yet." if story.ending is None else "None that is kept.")
        return
    table = Table("run", "status", "created", "seconds", "queue", "worker", box=SIMPLE_HEAD)
    for run in story.runs:
        seconds = "" if run.seconds is None else f"{run.seconds:.1f}"
        worker = Text(run.worker or "")
        table.add_row(run.id, run.status, moment(run.created_at), seconds, run.queue, worker)
    yield table
    for run in story.runs:
        yield from _particulars(run)


def _particulars(run: Run) -> Iterable[Text]:
    short = run.id[:8]
    if run.link:
        yield Text(f"{short}: {run.link}", overflow="fold")
    if run.backfill:
        yield Text(f"{short} belongs to the backfill {run.backfill}.")
    if run.trace:
        yield Text(f"{short} belongs to the trace {run.trace}.")
    if run.failure:
        yield Text(f"{short} failed: {run.failure}", style="red")


def _stages(stages: Iterable[Stage]) -> Table:
    table = Table("stage", "seconds", "version", "", "output", box=SIMPLE_HEAD)
    for stage in stages:
        seconds = "" if stage.seconds is None else f"{stage.seconds:.3f}"
        table.add_row(stage.name, seconds, stage.version, _remark(stage), Text(stage.output or "", overflow="fold"))
    return table


def _remark(stage: Stage) -> str:
    if stage.unended_beginnings:
        return f"begun {stage.unended_beginnings} times without an end"
    if stage.version is None:
        return ""
    return "present" if stage.is_present else f"now {stage.present_version}"


def _ending(ending: Ending) -> dict[str, str]:
    fields = ", ".join(f"{name}={value}" for name, value in ending.fields.items())
    reasons = [" ".join(filter(None, (reason.field, f"{reason.code}:", reason.message))) for reason in ending.reasons]
    return {
        "at": moment(ending.at),
        "kind": ending.kind or "",
        "confidence": "" if ending.confidence is None else f"{ending.confidence:.2f}",
        "fields": fields,
        "because": "\n".join(reasons),
        "advice": ending.advice or "",
        "another try": "may end better" if ending.is_retryable else "",
        "duplicate of": ending.duplicate_of or "",
    }


def _deliveries(deliveries: Iterable[Telling]) -> Table:
    table = Table("event", "to", "state", "attempts", "last", "next", box=SIMPLE_HEAD)
    for told in deliveries:
        # No markup: the URL is its sender's, and what came last may be a server's.
        url, last = Text(told.url, overflow="fold"), Text(told.last or "")
        table.add_row(told.event, url, told.state, str(told.attempts), last, moment(told.next_at))
    return table
