"""The part of the stack that sees to it that there is all of it or nothing.

Supervisor runs this as an event listener. It stops the stack when a program cannot be kept up, and cleans up when
the supervisor itself is killed.
"""

import os
import sys
import time
from collections import defaultdict, deque
from pathlib import Path
from typing import TextIO

from supervisor.childutils import get_headers, listener

from ocr_pipeline.local import failure, leftovers
from ocr_pipeline.local.folders import Folders
from ocr_pipeline.local.supervision import Supervisor

_MOST_ENDS = 4
_WITHIN_SECONDS = 120.0


class Guard:
    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._ends: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_MOST_ENDS))

    def watch(self, events: TextIO, answers: TextIO) -> None:
        """Handle events until the supervisor is gone."""
        while True:
            listener.ready(answers)
            headers = get_headers(events.readline())
            if not headers:
                break
            self._handle(headers["eventname"], get_headers(events.read(int(headers["len"]))))
            listener.ok(answers)
        failure.write(self._folders, "supervisor", "it was killed")
        leftovers.end(leftovers.find(self._folders.root))

    def _handle(self, event: str, payload: dict[str, str]) -> None:
        program = payload["processname"]
        if event == "PROCESS_STATE_FATAL":
            self._stop_the_stack(program, "it ended again and again right after its start")
        elif self._ends_too_often(program):
            self._stop_the_stack(program, f"it ended {_MOST_ENDS} times within {_WITHIN_SECONDS:.0f} s")

    def _ends_too_often(self, program: str) -> bool:
        now = time.monotonic()
        ends = self._ends[program]
        ends.append(now)
        return len(ends) == _MOST_ENDS and now - ends[0] < _WITHIN_SECONDS

    def _stop_the_stack(self, program: str, reason: str) -> None:
        failure.write(self._folders, program, reason)
        Supervisor(self._folders).request_shutdown()


if __name__ == "__main__":
    Guard(Folders(Path(os.environ[leftovers.MARK]))).watch(sys.stdin, sys.stdout)
