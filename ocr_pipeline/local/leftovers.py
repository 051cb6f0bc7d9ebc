"""Processes of a stack, found by the mark that each of them carries in its environment."""

import contextlib
import signal
from pathlib import Path

import psutil

MARK = "OCR_STACK"
_TITLED = frozenset({"redis-server", "valkey-server"})
"""They write their title over the memory in which their environment could be read; their folder tells them."""
_GRACE_SECONDS = 8.0


def find(root: Path) -> list[psutil.Process]:
    """Every process of the stack in `root`, this one and those that it was started by left out."""
    me = psutil.Process()
    spared = {me.pid, *(parent.pid for parent in me.parents())}
    return [process for process in psutil.process_iter() if process.pid not in spared and belongs(process, root)]


def belongs(process: psutil.Process, root: Path) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if process.name() in _TITLED:
            return Path(process.cwd()).is_relative_to(root)
        return process.environ().get(MARK) == str(root)
    except psutil.AccessDenied:
        # In a container root may not look into Postgres, which runs as someone else: it names its folder instead.
        with contextlib.suppress(psutil.Error):
            return any(argument.startswith(f"{root}/") for argument in process.cmdline())
    except psutil.Error:
        pass
    return False


def end(processes: list[psutil.Process]) -> None:
    """End them in good order where they let us; whoever is still there after some seconds is killed."""
    everyone = set(processes)
    for process in processes:
        with contextlib.suppress(psutil.Error):
            everyone.update(process.children(recursive=True))
    for process in everyone:
        with contextlib.suppress(psutil.Error):
            if process.parent() not in everyone:
                # Postgres waits for its clients on SIGTERM, and sends them away on SIGINT.
                process.send_signal(signal.SIGINT if process.name() == "postgres" else signal.SIGTERM)
    _, alive = psutil.wait_procs(everyone, timeout=_GRACE_SECONDS)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=_GRACE_SECONDS)
