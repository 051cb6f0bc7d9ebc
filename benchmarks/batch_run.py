"""What a batch costs beyond its stages: one run of many one-page receipts, against the same stages called directly.

    python -m benchmarks.batch_run [FOLDER]

Starts a local stack of its own. The documents go through the stages in this process, as many at once as a worker takes:
in memory alone, and with what each stage reads and writes in S3, whose server works on the same cores. In other bytes
they go through the bucket's inbox as one batch, whose run has a beginning and an end in Dagster. Prints, as JSON, all
three a document, and what orchestration adds to the stages with their files: ledger, Dagster's run, steps and events,
checks, tables, Redis.

A machine's speed drifts by more than what is looked for here: the stages are taken before the run and after it. And a
first batch is not counted: the networks' runtimes prepare for each size of line when they first meet it.
"""

import json
import statistics
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, NamedTuple
from uuid import uuid4

import typer

from benchmarks import stage_files
from benchmarks.post_ocr import Receipt, receipts_in, receipts_of, with_note
from benchmarks.stacks import drop, failures, finished, own_stack, run_times, until
from benchmarks.stage_files import seconds_of
from ocr_pipeline.cores import limit_libraries
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.objects import open_store
from ocr_pipeline.storage.store_behind import StoreBehind

_PATIENCE_SECONDS = 900.0
_END_SECONDS = 120.0
"""In which a run writes its end, after that of its last document."""


class Seconds(NamedTuple):
    computing: float
    stages: float
    """Computing, and what the stages read and write in S3; the mean of before and after the run."""
    run: float


def main(
    folder: Annotated[Path | None, typer.Argument(help="JPEG and PNG files, in place of generated receipts.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Documents of the batch.")] = 200,
    rounds: Annotated[int, typer.Option(min=1, help="Batches that count.")] = 3,
    seed: Annotated[int, typer.Option(help="Of the generated receipts.")] = 3000,
) -> None:
    given = receipts_in(folder) if folder else receipts_of(seed)
    limit_libraries()
    with own_stack(batch_size=count, batch_seconds=60) as stack:
        settings = Settings.of(stack.environment())
        _, *measured = [_measure(list(islice(given, count)), settings) for _ in range(rounds + 1)]
    typer.echo(json.dumps(summary(measured, count), indent=2))


def summary(measured: list[Seconds], count: int) -> dict[str, float | int]:
    """Milliseconds a document, medians of the rounds."""

    def median(seconds_of: Callable[[Seconds], float]) -> float:
        return round(statistics.median(map(seconds_of, measured)) * 1000 / count, 1)

    return {
        "documents": count,
        "computing, ms a document": median(lambda seconds: seconds.computing),
        "stages with their files in S3, ms a document": median(lambda seconds: seconds.stages),
        "run, ms a document": median(lambda seconds: seconds.run),
        "orchestration, ms a document": median(lambda seconds: seconds.run - seconds.stages),
    }


def _measure(receipts: list[Receipt], settings: Settings) -> Seconds:
    computing = _computing_seconds(receipts, settings)
    before, run, after = (seconds(receipts, settings) for seconds in (_stage_seconds, _run_seconds, _stage_seconds))
    typer.echo(f"computing {computing:.1f} s, stages {before:.1f}, run {run:.1f}, stages {after:.1f}", err=True)
    return Seconds(computing, (before + after) / 2, run)


def _computing_seconds(receipts: list[Receipt], settings: Settings) -> float:
    from ocr_pipeline.pipeline import process

    return seconds_of(lambda receipt: process(receipt.data, receipt.name, settings), receipts)


def _stage_seconds(receipts: list[Receipt], settings: Settings) -> float:
    version = uuid4().hex
    keys = drop(settings, ((receipt.name, receipt.data) for receipt in receipts), f"benchmark/{version}/")
    sent = [Receipt(key, receipt.data) for key, receipt in zip(keys, receipts, strict=True)]
    with StoreBehind(open_store(settings)) as store:
        return seconds_of(lambda receipt: stage_files.process(receipt.name, store, version, settings), sent)


def _run_seconds(receipts: list[Receipt], settings: Settings) -> float:
    """From the run's beginning to its end, as Dagster noted them."""
    keys = drop(settings, ((receipt.name, with_note(receipt.data, uuid4().hex.encode())) for receipt in receipts))
    documents = finished(settings, keys, _PATIENCE_SECONDS)
    [batch] = {document.batch for document in documents}
    in_status = partial(run_times, settings, [str(batch)])
    until(lambda: bool(in_status("SUCCESS") or in_status("FAILURE")), _END_SECONDS)
    if in_status("FAILURE"):
        raise RuntimeError(f"a run of the batch failed: {failures(settings, [str(batch)])}")
    [(start, end)] = in_status("SUCCESS")
    return end - start


if __name__ == "__main__":
    typer.run(main)
