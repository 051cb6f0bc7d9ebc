"""What a batch costs beyond its stages: one run of many one-page receipts, against the same stages called directly.

    python -m benchmarks.batch_run [FOLDER]

Starts a local stack of its own. The documents go through the stages in this process, as many at once as a worker takes;
then, in other bytes, through the bucket's inbox as one batch, whose run has a beginning and an end in Dagster. Prints,
as JSON, both times and the difference a document: S3, ledger, tables, Redis, Dagster's steps and events.
"""

import json
import statistics
import time
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, NamedTuple
from uuid import uuid4

import typer

from benchmarks.post_ocr import Receipt, receipts_in, receipts_of, with_note
from benchmarks.stacks import drop, finished, own_stack, run_times, until
from ocr_pipeline.cores import core_count, limit_libraries
from ocr_pipeline.orchestration.at_once import run_at_once
from ocr_pipeline.settings import Settings

_PATIENCE_SECONDS = 900.0
_END_SECONDS = 120.0
"""In which a run writes its end, after that of its last document."""
_WARM_UP = 4
"""Documents that this process reads first, as a worker does."""


class Seconds(NamedTuple):
    stages: float
    run: float


def main(
    folder: Annotated[Path | None, typer.Argument(help="JPEG and PNG files, in place of generated receipts.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Documents of the batch.")] = 200,
    rounds: Annotated[int, typer.Option(min=1, help="Batches.")] = 2,
    seed: Annotated[int, typer.Option(help="Of the generated receipts.")] = 3000,
) -> None:
    receipts = list(islice(receipts_in(folder) if folder else receipts_of(seed), count))
    limit_libraries()
    with own_stack(batch_size=count, batch_seconds=60, inbox_interval_seconds=1) as stack:
        settings = Settings.of(stack.environment())
        _stage_seconds(receipts[:_WARM_UP], settings)
        measured = [
            Seconds(_stage_seconds(receipts, settings), _run_seconds(receipts, settings)) for _ in range(rounds)
        ]
    typer.echo(json.dumps(summary(measured, count), indent=2))


def summary(measured: list[Seconds], count: int) -> dict[str, float | int]:
    """Milliseconds a document, medians of the rounds."""
    stages = statistics.median(seconds.stages for seconds in measured) * 1000 / count
    run = statistics.median(seconds.run for seconds in measured) * 1000 / count
    cost = statistics.median(seconds.run - seconds.stages for seconds in measured) * 1000 / count
    return {
        "documents": count,
        "stages, ms a document": round(stages, 1),
        "run, ms a document": round(run, 1),
        "beyond the stages, ms a document": round(cost, 1),
    }


def _stage_seconds(receipts: list[Receipt], settings: Settings) -> float:
    from ocr_pipeline.pipeline import process

    def work(receipt: Receipt) -> None:
        process(receipt.data, receipt.name, settings)

    started = time.perf_counter()
    run_at_once([partial(work, receipt) for receipt in receipts], core_count() + 1, lambda: None, 60.0)
    return time.perf_counter() - started


def _run_seconds(receipts: list[Receipt], settings: Settings) -> float:
    """From the run's beginning to its end, as Dagster noted them."""
    keys = drop(settings, ((receipt.name, with_note(receipt.data, uuid4().hex.encode())) for receipt in receipts))
    documents = finished(settings, keys, _PATIENCE_SECONDS)
    [batch] = {document.batch for document in documents}
    in_status = partial(run_times, settings, [str(batch)])
    until(lambda: bool(in_status("SUCCESS") or in_status("FAILURE")), _END_SECONDS)
    if in_status("FAILURE"):
        raise RuntimeError("a run of the batch failed")
    [(start, end)] = in_status("SUCCESS")
    return end - start


if __name__ == "__main__":
    typer.run(main)
