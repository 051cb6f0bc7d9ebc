"""Questions of several threads, asked together: a model answers many at once nearly as fast as one."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_LINGER_SECONDS = 0.03
"""How long a batch that is not full waits for those who are about to ask; little beside an answer's seconds."""


class Batches(Generic[Item, Result]):
    """`work` gets up to `most` items and answers for each; one batch is worked on at a time."""

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result]], most: int) -> None:
        self._work = work
        self._most = most
        self._waiting: deque[tuple[Item, Future[Result]]] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="language-model")

    def ask(self, item: Item) -> Result:
        """Waits for the answer; raises what `work` raised for this item alone."""
        future: Future[Result] = Future()
        self._waiting.append((item, future))
        # One task an item is enough however they fall into batches; those that find nothing to do end at once.
        self._thread.submit(self._work_on_a_batch)
        return future.result()

    def _work_on_a_batch(self) -> None:
        if 0 < len(self._waiting) < self._most:
            time.sleep(_LINGER_SECONDS)
        batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        if not batch:
            return
        self._answer(batch)

    def _answer(self, batch: Sequence[tuple[Item, Future[Result]]]) -> None:
        """Where a batch fails, each is worked on alone, so that none fails for its neighbour."""
        try:
            results = list(zip(batch, self._work([item for item, _ in batch]), strict=True))
        except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            for one in batch:
                self._answer([one])
        else:
            for (_, future), result in results:
                future.set_result(result)
