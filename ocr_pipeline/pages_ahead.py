"""Work on several pages of a document at once."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import lru_cache
from typing import TypeVar

from ocr_pipeline.cores import core_count

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_ahead(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """``map(work, items)``, in which the next items are taken, and worked on, before a result is asked for.

    As many are under way as there are cores, and one more that is got ready; all documents of the process share the
    threads. So memory does not grow with the number of items. Raises what `work` or `items` raise.
    """
    most = core_count() + 1
    under_way: deque[Future[Result]] = deque()
    try:
        for item in items:
            under_way.append(_threads().submit(work, item))
            if len(under_way) >= most:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        # Where one failed the others are not wanted, and nothing of this document goes on behind its end.
        wait([future for future in under_way if not future.cancel()])


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(core_count() + 1, thread_name_prefix="pages")


# A forked process has its parent's pool, and none of its threads.
os.register_at_fork(after_in_child=_threads.cache_clear)
