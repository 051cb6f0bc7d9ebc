"""Several tasks at once, until one fails."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice


def run_at_once(
    tasks: Iterable[Callable[[], None]], at_once: int, tell: Callable[[], None], tell_seconds: float
) -> None:
    """Runs `tasks` in their order, `at_once` at a time; calls `tell` about every `tell_seconds` as long as they run.

    Once a task has failed no other is begun; those that run are waited for, and then its error is raised.
    """
    waiting = iter(tasks)
    running: set[Future[None]] = set()
    told = time.monotonic()
    with ThreadPoolExecutor(at_once, thread_name_prefix="document") as threads:
        while True:
            # No more than there are threads: the pool would begin whatever it has, failure or not.
            running |= {threads.submit(task) for task in islice(waiting, at_once - len(running))}
            if not running:
                return
            ended, running = wait(running, tell_seconds, FIRST_COMPLETED)
            for task in ended:
                task.result()
            if time.monotonic() - told > tell_seconds:
                told = time.monotonic()
                tell()
