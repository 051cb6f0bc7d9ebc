"""What POST /ocr costs beside the stages' own work, on the running local stack.

Sends generated receipts one after the other and prints, as JSON, the medians of the whole request, of the stages'
seconds in it, and of the difference: HTTP, S3, ledger, launching the Dagster run, its events, and Redis.
"""

import json
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import httpx
import typer

from ocr_pipeline.local.stack import Stack
from ocr_pipeline.samples.generate import generate
from ocr_pipeline.settings import get_settings
from ocr_pipeline.tokens import WRITE, create_token


def main(
    count: Annotated[int, typer.Option(help="Requests.")] = 20,
    seed: Annotated[int, typer.Option(help="Take another, or the results of last time are reused.")] = 1000,
) -> None:
    environment = Stack(get_settings()).environment()
    token = create_token("benchmark", [WRITE], timedelta(hours=1), environment["OCR_JWT_SECRET"])
    whole, stages = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        httpx.Client(base_url=environment["OCR_API_URL"], headers={"Authorization": f"Bearer {token}"}) as api,
    ):
        for sample in generate(Path(folder), seed=seed, count=count):
            files = {"file": (sample.path.name, sample.path.read_bytes())}
            started = time.perf_counter()
            answer = api.post("/ocr", files=files, timeout=60)
            whole.append(time.perf_counter() - started)
            answer.raise_for_status()
            stages.append(sum(answer.json()["seconds"].values()))
    beside = [request - work for request, work in zip(whole, stages, strict=True)]
    medians = {"request": whole, "stages": stages, "beside the stages": beside}
    typer.echo(json.dumps({name: round(statistics.median(values), 3) for name, values in medians.items()}, indent=2))


if __name__ == "__main__":
    typer.run(main)
