"""The demonstration: sample documents into the inbox of a running stack, and what becomes of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy.exc import DBAPIError

from ocr_pipeline.documents.model import State
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.local.failure import service_failed
from ocr_pipeline.local.folders import Folders
from ocr_pipeline.samples.bad import bad_files
from ocr_pipeline.samples.generate import generate
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.database import get_engine
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.objects import open_store
from ocr_pipeline.storage.tables import load_outcome

_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 900.0


@dataclass(frozen=True)
class Shown:
    """One sample and what the pipeline made of it."""

    file: str
    expected_code: ErrorCode | None
    """The code with which a bad file must be rejected; None for a good one."""
    outcome: Outcome

    @property
    def is_as_expected(self) -> bool:
        if self.expected_code is None:
            return self.outcome.state in {State.ACCEPTED, State.NEEDS_REVIEW}
        return self.outcome.error is not None and self.outcome.error.code == self.expected_code


def run_demo(settings: Settings, seed: int, on_progress: Callable[[int, int, str], None]) -> list[Shown]:
    """Puts all kinds of samples into the inbox and waits until each has a final state.

    `on_progress` gets the number of finished documents, of all, and a word on what goes on.

    Raises PipelineError(SERVICE_FAILED) that names the program at fault, with the end of its log.
    """
    folders = Folders(settings.data_dir)
    try:
        return _show_what_becomes(settings, seed, on_progress)
    except TimeoutError as error:
        raise service_failed(folders, "batch-1", str(error)) from error
    except DBAPIError as error:
        raise service_failed(folders, "postgres", "it does not answer any more") from error
    except (BotoCoreError, ClientError) as error:
        raise service_failed(folders, "s3", "it does not answer any more") from error


def _show_what_becomes(settings: Settings, seed: int, on_progress: Callable[[int, int, str], None]) -> list[Shown]:
    # Another folder each time: a file of the same key and content would be known already.
    prefix = f"{settings.s3_inbox_prefix}demo-{datetime.now(UTC):%Y%m%dT%H%M%S}/"
    with TemporaryDirectory() as folder:
        expected = _upload_samples(Path(folder), seed, prefix, settings)
    ledger = Ledger(get_engine(settings.database_url.get_secret_value()))
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        documents = ledger.documents_of(list(expected))
        finished = [document for document in documents if document.state.is_final]
        on_progress(len(finished), len(expected), _what_goes_on(len(documents), len(finished), len(expected)))
        if len(finished) == len(expected):
            engine = get_engine(settings.database_url.get_secret_value())
            shown = [
                Shown(
                    document.object_key.removeprefix(prefix),
                    expected[document.object_key],
                    load_outcome(engine, document, settings.result_seconds),
                )
                for document in finished
            ]
            return sorted(shown, key=lambda one: list(expected).index(prefix + one.file))
        time.sleep(_POLL_SECONDS)
    raise TimeoutError(f"it had not finished all samples after {_PATIENCE_SECONDS:.0f} seconds")


def _upload_samples(folder: Path, seed: int, prefix: str, settings: Settings) -> dict[str, ErrorCode | None]:
    """The object keys, and for bad files the code with which each must be rejected."""
    files: dict[Path, ErrorCode | None] = {sample.path: None for sample in generate(folder, seed)}
    files |= {bad.path: bad.code for bad in bad_files(folder / "bad", seed)}
    store = open_store(settings)
    expected = {}
    for path, code in files.items():
        key = prefix + path.relative_to(folder).as_posix()
        store.put(key, path.read_bytes())
        expected[key] = code
    return expected


def _what_goes_on(known: int, finished: int, count: int) -> str:
    if known < count:
        return "the sensor looks for new files"
    return "a worker takes the batch through the stages" if finished < count else "done"
