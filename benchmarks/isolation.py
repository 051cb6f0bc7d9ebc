"""Work in a process of its own, so that its memory, threads and caches are its own."""

import os
import re
import traceback
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")


class WorkFailed(Exception):  # noqa: N818 - it says what happened
    """The work raised something, or its process died; the message says what."""


@dataclass(frozen=True)
class _End:
    error: str | None


def alone(cpus: Collection[int], work: Callable[[*Arguments], Iterator[T]], *arguments: *Arguments) -> Iterator[T]:
    """What the generator function `work` yields, run in a fresh process that may use these CPUs only.

    `work`, its arguments and what it yields are pickled. Raises WorkFailed.
    """
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(sender, work, arguments), daemon=True)
    before = os.sched_getaffinity(0)
    # The process is born with our CPUs: libraries make their threads as soon as they are imported.
    os.sched_setaffinity(0, cpus)
    try:
        process.start()
    finally:
        os.sched_setaffinity(0, before)
    sender.close()
    try:
        while not isinstance(message := receiver.recv(), _End):
            yield message
    except EOFError:
        process.join()
        raise WorkFailed(f"the process ended with exit code {process.exitcode}") from None
    finally:
        process.terminate()
        process.join()
    if message.error:
        raise WorkFailed(message.error)


def peak_resident_bytes() -> int:
    """The most memory that this process ever held, loading included.

    Not `getrusage`: its `ru_maxrss` begins with the size of the process that started this one.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kibibytes = re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
    if kibibytes is None:
        raise OSError("the kernel does not tell the peak of the resident memory")
    return int(kibibytes[1]) * 1024


def _serve(sender: Connection, work: Callable[..., Iterator[object]], arguments: tuple[object, ...]) -> None:
    error = None
    try:
        for message in work(*arguments):
            sender.send(message)
    except Exception as caught:  # noqa: BLE001 - whatever it was, the others are still measured
        traceback.print_exc()
        error = str(caught).strip().rpartition("\n")[-1] or type(caught).__name__
    sender.send(_End(error))
