"""What `POST /ocr` takes, and what its stages take alone, on the running local stack.

    python -m benchmarks.post_ocr [FOLDER]

Sends one-page receipts one after the other; after each, the same file goes through the same stages in this process,
which is as warm as the stack's workers. The two take turns and never overlap. Prints, as JSON, both medians and their
ratio: what HTTP, S3, ledger, queue, Dagster's run with its events, tables and Redis cost.
"""

import json
import statistics
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated, NamedTuple
from uuid import uuid4

import httpx
import typer

from ocr_pipeline.cores import limit_libraries
from ocr_pipeline.local.stack import Stack
from ocr_pipeline.samples.generate import generate
from ocr_pipeline.settings import Settings, get_settings
from ocr_pipeline.tokens import WRITE, create_token

_WARM_UP = 3
"""Files that go first and are not counted."""
_PAUSE_SECONDS = 0.5
"""Until the worker has written the rest of its run's events, and whatever else follows an answer."""


class Receipt(NamedTuple):
    name: str
    data: bytes


class Seconds(NamedTuple):
    request: float
    stages: float


def main(
    folder: Annotated[Path | None, typer.Argument(help="JPEG and PNG files, in place of generated receipts.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Requests.")] = 20,
    seed: Annotated[int, typer.Option(help="Of the generated receipts.")] = 1000,
) -> None:
    environment = Stack(get_settings()).environment()
    settings = Settings.of(environment)
    token = create_token("benchmark", [WRITE], timedelta(hours=1), environment["OCR_JWT_SECRET"])
    headers = {"Authorization": f"Bearer {token}"}
    limit_libraries()
    with httpx.Client(base_url=environment["OCR_API_URL"], headers=headers, timeout=60) as api:
        receipts = receipts_in(folder) if folder else receipts_of(seed)
        measured = [_measure(api, settings, receipt) for receipt in islice(receipts, _WARM_UP + count)]
    typer.echo(json.dumps(summary(measured[_WARM_UP:]), indent=2))


def summary(measured: list[Seconds]) -> dict[str, float]:
    """Seconds, and how many times as long the request takes."""
    request = statistics.median(seconds.request for seconds in measured)
    stages = statistics.median(seconds.stages for seconds in measured)
    ratios = statistics.median(seconds.request / seconds.stages for seconds in measured)
    return {
        "files": len(measured),
        "median request": round(request, 3),
        "median stages": round(stages, 3),
        "ratio of the medians": round(request / stages, 2),
        "median of the ratios": round(ratios, 2),
    }


def with_note(data: bytes, note: bytes) -> bytes:
    """The same picture in other bytes, so that a stack that has read it reads it again. JPEG or PNG."""
    if data.startswith(b"\xff\xd8"):
        return data[:2] + b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note + data[2:]
    header_end = 33  # signature and IHDR
    chunk = b"tEXtComment\x00" + note
    framed = (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    return data[:header_end] + framed + data[header_end:]


def _measure(api: httpx.Client, settings: Settings, receipt: Receipt) -> Seconds:
    from ocr_pipeline.pipeline import process

    def post() -> None:
        answer = api.post("/ocr", files={"file": (receipt.name, with_note(receipt.data, uuid4().hex.encode()))})
        answer.raise_for_status()
        if answer.status_code != httpx.codes.OK or answer.json()["state"] == "rejected":
            raise RuntimeError(answer.text)

    return Seconds(_seconds(post), _seconds(lambda: process(receipt.data, receipt.name, settings)))


def _seconds(work: Callable[[], object]) -> float:
    time.sleep(_PAUSE_SECONDS)
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def receipts_of(seed: int) -> Iterator[Receipt]:
    """Pictures of one page, without end."""
    while True:
        with tempfile.TemporaryDirectory() as folder:
            for sample in generate(Path(folder), seed=seed, count=20):
                if sample.kind == "receipt" and _is_picture(sample.path):
                    yield Receipt(sample.path.name, sample.path.read_bytes())
        seed += 1


def receipts_in(folder: Path) -> Iterator[Receipt]:
    """Again from the first where there are too few."""
    paths = sorted(path for path in folder.rglob("*") if _is_picture(path))
    if not paths:
        raise typer.BadParameter(f"{folder} holds no JPEG or PNG file")
    while True:
        for path in paths:
            yield Receipt(path.name, path.read_bytes())


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in {".jpg", ".jpeg", ".png"}


if __name__ == "__main__":
    typer.run(main)
