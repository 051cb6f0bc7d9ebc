"""The whole pipeline, from S3 to Postgres by sensor, against stock EasyOCR that only reads the same files.

    python -m benchmarks.against_easyocr FOLDER

Starts a local stack of its own and puts all files into its inbox; counted is the time from the first of them until all
documents have their final state in Postgres. Then, with the stack down, EasyOCR reads the files one by one, as it
comes; only its reading is counted, not its loading, nor the decoding of the files. Prints JSON.
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.isolation import alone
from benchmarks.machine import machine
from benchmarks.post_ocr import Receipt, receipts_in, receipts_of, with_note
from benchmarks.stacks import drop, finished, own_stack
from ocr_pipeline.settings import Settings

_WARM_UP = 4
"""Documents that go first and are not counted, on both sides."""
_PATIENCE_SECONDS = 3600.0


def main(
    folder: Annotated[Path | None, typer.Argument(help="JPEG and PNG files, in place of generated receipts.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Documents.")] = 100,
    easyocr_count: Annotated[
        int, typer.Option(min=0, help="EasyOCR reads no more than so many, evenly chosen; 0 for all.")
    ] = 0,
    batch_size: Annotated[int, typer.Option(min=1, help="Documents that close a batch.")] = 50,
    seed: Annotated[int, typer.Option(help="Of the generated receipts.")] = 6000,
) -> None:
    receipts = list(islice(receipts_in(folder) if folder else receipts_of(seed), count))
    told = machine()
    ours = _pipeline_seconds(receipts, batch_size)
    typer.echo(f"The pipeline took {ours:.1f} s for {count} documents.", err=True)
    chosen = evenly(receipts, easyocr_count or count)
    warm_up = receipts[:_WARM_UP]
    theirs = list(alone(os.sched_getaffinity(0), read, [*warm_up, *chosen]))[len(warm_up) :]
    if len(chosen) < count:
        typer.echo(f"EasyOCR read {len(chosen)} of the {count} files; its rate is taken for all.", err=True)
    report = {"machine": told, "documents": count, **summary(count, ours, theirs)}
    typer.echo(json.dumps(report, indent=2))


def summary(count: int, ours: float, theirs: Sequence[float]) -> dict[str, float | int]:
    """`ours` are seconds for all `count` documents, `theirs` those for each that EasyOCR read."""
    rates = count / ours, len(theirs) / sum(theirs)
    return {
        "read by EasyOCR": len(theirs),
        "pipeline, documents a second": round(rates[0], 3),
        "EasyOCR, documents a second": round(rates[1], 4),
        "ratio": round(rates[0] / rates[1], 2),
    }


def evenly(receipts: Sequence[Receipt], most: int) -> list[Receipt]:
    """At most so many, the same distance apart."""
    wanted = min(most, len(receipts))
    return [receipts[index * len(receipts) // wanted] for index in range(wanted)]


def read(receipts: Sequence[Receipt]) -> Iterator[float]:
    """EasyOCR's seconds for each."""
    import cv2
    import numpy as np

    from benchmarks import peers

    reader = peers.easyocr()
    for receipt in receipts:
        pixels = cv2.imdecode(np.frombuffer(receipt.data, np.uint8), cv2.IMREAD_COLOR)
        started = time.perf_counter()
        reader.read(np.asarray(pixels, np.uint8))
        yield time.perf_counter() - started


def _pipeline_seconds(receipts: Sequence[Receipt], batch_size: int) -> float:
    with own_stack(batch_size=batch_size, batch_seconds=3, inbox_interval_seconds=1, interactive_workers=0) as stack:
        settings = Settings.of(stack.environment())
        warm_up = [(receipt.name, with_note(receipt.data, b"warm-up")) for receipt in receipts[:_WARM_UP]]
        finished(settings, drop(settings, warm_up), _PATIENCE_SECONDS)
        started = time.perf_counter()
        # Some files may be there several times: none is to be known from the other.
        noted = [(name, with_note(data, str(number).encode())) for number, (name, data) in enumerate(receipts)]
        keys = drop(settings, noted)
        documents = finished(settings, keys, _PATIENCE_SECONDS)
        seconds = time.perf_counter() - started
    if rejected := sum(document.state == "rejected" for document in documents):
        raise RuntimeError(f"{rejected} documents were rejected")
    return seconds


if __name__ == "__main__":
    typer.run(main)
