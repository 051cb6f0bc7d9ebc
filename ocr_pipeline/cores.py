"""The machine's cores, shared out among all that computes: one slot a core, over all processes of a user.

Heavy work comes in pieces of one thread each (a page's normalization, a network's answer to one batch of lines), and
a piece holds a slot while it runs::

    with core():
        found = network(lines)

So however many workers, documents and threads there are, no more pieces run at once than there are cores. Slots are
locks on files in the system's folder for temporary files; the kernel frees them when their process dies, however it
dies. Processes that do not see the same folder, as in different containers, share nothing.
"""

import logging
import math
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from ocr_pipeline.lock_files import LockFiles
from ocr_pipeline.settings import get_settings

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.002
"""Between two looks for a free slot."""
_PATIENCE_SECONDS = 0.5
"""Who waited this long for its turn no longer minds it: whoever has it may have been stopped, as by Ctrl-Z."""
_TURN = "turn"
_CGROUP = Path("/sys/fs/cgroup")

_thread = threading.local()
_shared: "dict[int, CoreSlots]" = {}
"""What `core` takes its slots from, by their number."""


@contextmanager
def core() -> Iterator[None]:
    """Holds a core while single-threaded work runs; waits for one as long as all are taken.

    A thread that holds one gets no second. Hold it for computing alone: not while a file or a service is awaited, nor
    across a ``yield``.
    """
    if getattr(_thread, "has_core", False):
        yield
        return
    slots = _slots(core_count())
    slot = slots.acquire()
    _thread.has_core = True
    try:
        yield
    finally:
        _thread.has_core = False
        slots.release(slot)


def core_count() -> int:
    """How many cores all processes together may use: the setting `threads`, or what the system gives this process."""
    return get_settings().threads or given_cores()


@lru_cache(maxsize=1)
def given_cores() -> int:
    """The cores that this process may run on, or as many as its container's share of time is worth; at least 1."""
    # Where the system knows no affinity, as on macOS, there are all.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min(cores, time_quota(_CGROUP))))


def time_quota(cgroup: Path) -> float:
    """How many cores' time a container is given, by its control group's folder; infinite where there is no limit."""
    try:
        if (limit := cgroup / "cpu.max").exists():
            quota, period = limit.read_text(encoding="ascii").split()
        else:  # control groups of version 1
            quota = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text(encoding="ascii")
            period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text(encoding="ascii")
        return int(quota) / int(period) if int(quota) > 0 else math.inf
    except (OSError, ValueError):  # no such file, or "max"
        return math.inf


def limit_libraries() -> None:
    """Has OpenCV, torch, and whatever uses OpenMP or BLAS, compute in the thread that calls it.

    To be called before those are loaded. Several of their callers at once are what uses the cores.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    import cv2

    cv2.setNumThreads(1)
    # It is not loaded for this; whoever loads it later finds the variables.
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


class CoreSlots:
    """`count` slots, shared with all processes that use the same `folder`.

    Where the folder cannot be used they are shared within this process alone, which the log says.
    """

    def __init__(self, count: int, folder: Path) -> None:
        self._count = count
        self._folder = folder
        self._files = self._open_files()
        self._taken: set[int] = set()
        """By this process."""
        self._first_in_line = threading.Lock()

    def acquire(self) -> int:
        """The number of a slot that was free; waits until there is one."""
        # The threads of a process queue here, so that a process with many has no better chances than one with few.
        with self._first_in_line:
            patience_ends = time.monotonic() + _PATIENCE_SECONDS
            has_turn = False
            try:
                while True:
                    # Without turns, who gives a slot back and asks again at once would beat all who wait.
                    has_turn = has_turn or self._try_lock(_TURN)
                    if has_turn or time.monotonic() > patience_ends:
                        slot = self._take_free()
                        if slot is not None:
                            return slot
                    time.sleep(_LOOK_SECONDS)
            finally:
                if has_turn:
                    self._unlock(_TURN)

    def release(self, slot: int) -> None:
        self._unlock(_file_of(slot))
        self._taken.discard(slot)

    def close(self) -> None:
        """Closes the files."""
        if self._files:
            self._files.close()

    def _take_free(self) -> int | None:
        for slot in range(self._count):
            # A process's own locks would not keep it out.
            if slot in self._taken or not self._try_lock(_file_of(slot)):
                continue
            if self._files and self._files.is_deleted(_file_of(slot)):
                # The old ones stay open: other threads may hold slots there.
                self._files = self._open_files()
                return None
            self._taken.add(slot)
            return slot
        return None

    def _try_lock(self, name: str) -> bool:
        return self._files is None or self._files.try_lock(name)

    def _unlock(self, name: str) -> None:
        if self._files:
            self._files.unlock(name)

    def _open_files(self) -> LockFiles | None:
        try:
            return LockFiles(self._folder, [_TURN, *map(_file_of, range(self._count))])
        except OSError as error:
            _log.warning("Cores are not shared with other processes: %s cannot be used (%s).", self._folder, error)
            return None


def _file_of(slot: int) -> str:
    return f"core-{slot}"


def _slots(count: int) -> CoreSlots:
    found = _shared.get(count)
    if found is None:
        folder = Path(tempfile.gettempdir()) / f"ocr-pipeline-{os.geteuid()}"
        found = _shared.setdefault(count, CoreSlots(count, folder))
    return found


def _start_afresh() -> None:
    """A forked process has its parent's open files, and so would hold, and share, its parent's slots."""
    for slots in _shared.values():
        slots.close()
    _shared.clear()
    _thread.has_core = False


os.register_at_fork(after_in_child=_start_afresh)
