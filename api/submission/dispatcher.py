"""Launches the batches of single files: at once where there is room, else when a batch before them is done."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from api.launcher import Launcher
from ocr_pipeline.errors import PipelineError
from ocr_pipeline.storage.batch_requests import REQUEST_TAG
from ocr_pipeline.storage.bells import Bell
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Lane
from ocr_pipeline.storage.results import WaitingResults
from ocr_pipeline.storage.submissions import Submissions

_POLL_SECONDS = 0.5
"""A bell that was not heard costs so much time."""
_log = logging.getLogger(__name__)


class Dispatcher:
    """One task a process, while entered; those of several processes share the lane.

    Files that no process closes into a batch any more, as all of them died, the inbox sensor does.
    """

    def __init__(self, submissions: Submissions, ledger: Ledger, launcher: Launcher, results: WaitingResults) -> None:
        self._submissions = submissions
        self._ledger = ledger
        self._launcher = launcher
        self._results = results
        self._files_wait = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    def wake(self) -> None:
        """There is a file that waits for a batch."""
        self._files_wait.set()

    async def launch(self, batch: str, requests: Mapping[str, str], lane: Lane = Lane.INTERACTIVE) -> bool:
        """Launches the run of a batch, and returns whether that worked; where not, the inbox sensor does it later.

        `requests` are ids of requests, with what each of them entered.
        """
        tags = {f"{REQUEST_TAG}{request}": entered for request, entered in requests.items()}
        try:
            await self._launcher.launch(batch, lane, tags)
        except PipelineError as error:
            # Where this fails too, the sensor takes the batch all the same, only later.
            with suppress(SQLAlchemyError):
                await run_in_threadpool(self._ledger.hand_over, batch)
            _log.warning("Batch %s waits for the inbox sensor: %s %s", batch, error.message, error.__cause__ or "")
            return False
        return True

    async def _run(self) -> None:
        with self._results.any_batch_bell() as bell:
            while True:
                await self._files_wait.wait()
                self._files_wait.clear()
                await self._launch_waiting(bell)

    async def _launch_waiting(self, bell: Bell) -> None:
        """Until no file waits any more."""
        are_left = True
        while are_left:
            try:
                closed, are_left = await run_in_threadpool(self._submissions.close_waiting)
                await asyncio.gather(*(self.launch(batch, requests) for batch, requests in closed))
            except SQLAlchemyError as error:
                _log.warning("Files that wait are in no batch yet: %s", error)
            except Exception:  # noqa: BLE001 - logged; nobody would start the task again
                _log.exception("Putting files that wait into batches failed")
            if are_left:
                await bell.wait(_POLL_SECONDS)
