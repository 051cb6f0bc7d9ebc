"""Lines of many pages, read together: each page puts its lines in, and lines of like width go out at once."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_LARGEST_BATCH = 8


class LinePool(Generic[Item, Result]):
    """`work` gets items of one group (lines of one width) and answers for each; `threads` batches run at once.

    The sizes of batches are powers of two up to 8, so that a network sees few shapes.
    """

    def __init__(
        self, work: Callable[[int, Sequence[Item]], Sequence[Result]], group_of: Callable[[Item], int], threads: int
    ) -> None:
        self._work = work
        self._group_of = group_of
        self._waiting: defaultdict[int, deque[tuple[Item, Future[Result]]]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="lines")

    def read(self, items: Sequence[Item]) -> list[Result]:
        """The results in the order of `items`; raises what `work` raised for any of their batches."""
        futures: list[Future[Result]] = [Future() for _ in items]
        groups = [self._group_of(item) for item in items]
        with self._lock:
            for group, item, future in zip(groups, items, futures, strict=True):
                self._waiting[group].append((item, future))
        # One task an item is enough however they fall into batches; those that find nothing to do end at once.
        for _ in items:
            self._threads.submit(self._read_a_batch)
        return [future.result() for future in futures]

    def _read_a_batch(self) -> None:
        with self._lock:
            group = max(self._waiting, key=lambda key: len(self._waiting[key]), default=None)
            if group is None:
                return
            waiting = self._waiting[group]
            size = min(_LARGEST_BATCH, 1 << (len(waiting).bit_length() - 1))
            batch = [waiting.popleft() for _ in range(size)]
            if not waiting:
                del self._waiting[group]
        try:
            results = list(zip(batch, self._work(group, [item for item, _ in batch]), strict=True))
        except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
            for _, future in batch:
                future.set_exception(error)
        else:
            for (_, future), result in results:
                future.set_result(result)
