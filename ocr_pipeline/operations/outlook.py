"""What happens next with a document, by itself."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ocr_pipeline.orchestration.past_runs import PastRun, pause_seconds
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.document_history import BatchHistory, DocumentHistory
from ocr_pipeline.storage.ledger_rows import Lane
from ocr_pipeline.storage.results import Progress


def outlook(
    history: DocumentHistory,
    runs: Sequence[PastRun],
    settings: Settings,
    *,
    is_queued: bool = False,
    progress: Progress | None = None,
) -> str | None:
    """A sentence, or None where the document is final. `runs` are its batch's, the oldest first.

    `is_queued` says that the batch waits in the queue of those that somebody waits for; `progress` is its run's.
    """
    if history.document.finished_at is not None:
        return None
    if history.batch is None:
        return _until_closed(history, settings)
    under_way = [run for run in runs if run.is_under_way]
    if under_way:
        return _of_run(under_way[-1], history.batch, progress)
    if is_queued:
        return f"Its batch waits in the queue {history.batch.lane} for a worker."
    # Those before belong to what was decided before the batch was made to run again.
    since = [run for run in runs if run.created_at >= history.batch.closed_at]
    if since and since[-1].status == "CANCELED":
        return "The batch's run was canceled: the inbox sensor rejects what is unfinished at its next look."
    failed = _failed_last(since)
    return _after_failure(failed, history.batch, settings) if failed else _before_run(history.batch, settings)


def _until_closed(history: DocumentHistory, settings: Settings) -> str:
    latest = history.document.arrived_at + timedelta(seconds=settings.batch_seconds)
    if history.lane is Lane.INTERACTIVE:
        return (
            "It waits for room among those that somebody waits for: the API puts it into a batch as soon as one before "
            f"it is done, or the inbox sensor does after {_clock(latest)} when none is."
        )
    return (
        f"It waits for its batch to be closed: with {settings.batch_size} documents, or at the inbox sensor's first "
        f"look after {_clock(latest)}; no batch is closed while {settings.max_open_batches} are unfinished."
    )


def _of_run(run: PastRun, batch: BatchHistory, progress: Progress | None) -> str:
    if not run.has_begun:
        return f"The run {run.id} waits in the queue {run.queue or batch.lane} for a worker."
    where = f" on {run.worker}" if run.worker else ""
    how_far = f": {progress.stage}, {progress.done} of {progress.total} documents" if progress else ""
    return f"The run {run.id} is working on its batch{where}{how_far}."


def _before_run(batch: BatchHistory, settings: Settings) -> str:
    looked = f"; it last looked at {_clock(batch.looked_at)}" if batch.looked_at else ""
    return f"The inbox sensor launches a run of its batch, within {settings.inbox_interval_seconds} s or so{looked}."


def _failed_last(runs: Sequence[PastRun]) -> list[PastRun]:
    """Those that failed since the last that did not; none where the last was handed back, which costs no pause."""
    failed: list[PastRun] = []
    for run in runs:
        if run.status != "FAILURE":
            failed.clear()
        elif not run.is_handed_back:
            failed.append(run)
    return [] if runs and runs[-1].is_handed_back else failed


def _after_failure(failed: Sequence[PastRun], batch: BatchHistory, settings: Settings) -> str:
    ended = failed[-1].ended_at or failed[-1].created_at
    again = ended + timedelta(seconds=pause_seconds(len(failed)))
    given_up = batch.closed_at + timedelta(seconds=settings.give_up_seconds)
    if again >= given_up:
        return f"It is rejected after {_clock(given_up)}: no run could finish its batch in time."
    runs = "run" if len(failed) == 1 else "runs"
    return (
        f"After {len(failed)} failed {runs} the next one is launched at the inbox sensor's first look after "
        f"{_clock(again)}; the batch is given up, and its documents rejected, after {_clock(given_up)}."
    )


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
