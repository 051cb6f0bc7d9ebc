"""A burst of single files on the running local stack: many `POST /ocr` at the same time.

Prints, as JSON, how they were answered, whether each got its own document's values in the end (those that
`pipeline.process` finds in the same file), how many Dagster runs it took, and the pages a second. Exits with 1 where a
document was lost, doubled or mixed up with another.
"""

import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NamedTuple

import httpx
import typer
from sqlalchemy import create_engine, text

from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.local.stack import Stack
from ocr_pipeline.pipeline import process
from ocr_pipeline.samples.generate import generate
from ocr_pipeline.settings import Settings, get_settings
from ocr_pipeline.tokens import READ, WRITE, create_token

_PATIENCE_SECONDS = 600
_RECEIPTS_OF_SAMPLES = 2
"""Every second sample is a receipt."""


class File(NamedTuple):
    name: str
    data: bytes


class Answer(NamedTuple):
    """What became of a file: the status of the first answer, and the outcome in the end."""

    file: File
    status: int
    outcome: Outcome


def receipts(folder: Path, seed: int, count: int) -> list[File]:
    """Generated receipts of one page, no two alike."""
    samples = generate(folder, seed=seed, count=count * _RECEIPTS_OF_SAMPLES)
    found = [File(sample.path.name, sample.path.read_bytes()) for sample in samples if sample.kind == "receipt"]
    return found[:count]


async def post_at_once(url: str, token: str, files: Sequence[File]) -> list[Answer]:
    """Sends all files at the same time, each by a request of its own, and follows each to its end."""
    headers = {"Authorization": f"Bearer {token}"}
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, headers=headers, limits=limits, timeout=_PATIENCE_SECONDS) as api:
        return await asyncio.gather(*(_post(api, file) for file in files))


async def _post(api: httpx.AsyncClient, file: File) -> Answer:
    first = await api.post("/ocr", files={"file": file})
    answer = first
    while answer.status_code == httpx.codes.ACCEPTED or (answer.is_success and not _outcome(answer).state.is_final):
        answer = await api.get(first.headers["Location"], params={"wait": 10})
    answer.raise_for_status()
    return Answer(file, first.status_code, _outcome(answer))


def _outcome(answer: httpx.Response) -> Outcome:
    return Outcome.model_validate_json(answer.content)


def main(
    count: Annotated[int, typer.Option(help="Requests.")] = 200,
    seed: Annotated[int, typer.Option(help="Take another, or the results of last time are reused.")] = 2000,
) -> None:
    environment = Stack(get_settings()).environment()
    settings = Settings.of(environment)
    token = create_token("benchmark", [READ, WRITE], timedelta(hours=1), environment["OCR_JWT_SECRET"])
    with tempfile.TemporaryDirectory() as folder:
        files = receipts(Path(folder), seed, count)
    started = time.perf_counter()
    answers = asyncio.run(post_at_once(environment["OCR_API_URL"], token, files))
    seconds = time.perf_counter() - started
    ids = [answer.outcome.id for answer in answers]
    with create_engine(settings.database_url.get_secret_value()).connect() as connection:
        in_tables = connection.scalar(
            text("SELECT count(*) FROM documents WHERE document_id = ANY(:ids)"), {"ids": ids}
        )
        runs = connection.scalar(
            text(
                "SELECT count(*) FROM dagster.run_tags WHERE key = 'dagster/partition' "
                "AND value IN (SELECT batch FROM ledger WHERE id = ANY(:ids))"
            ),
            {"ids": ids},
        )
    expected = [process(file.data, file.name, settings) for file in files]
    right = [
        answer.outcome.file == file.name and answer.outcome.fields == Outcome.of("", "", one.result).fields
        for answer, file, one in zip(answers, files, expected, strict=True)
    ]
    report = {
        "requests": len(files),
        "answered": Counter(answer.status for answer in answers),
        "states": Counter(answer.outcome.state for answer in answers),
        "documents": len(set(ids)),
        "rows in the tables": in_tables,
        "with the values of their own file": sum(right),
        "runs": runs,
        "files a second": round(len(files) / seconds, 2),
    }
    typer.echo(json.dumps(report, indent=2))
    if not (len(set(ids)) == in_tables == sum(right) == len(files)):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
