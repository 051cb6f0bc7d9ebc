"""A bucket that is written behind the caller's back: what is put is there at once for whoever asks for it here."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from ocr_pipeline.storage.objects import ObjectStore, StoredObject

_MOST_WAITING = 16
"""Objects that wait to be written; who puts another one then waits too."""
_REMEMBERED_BYTES = 128_000_000
"""Of what was put. Beyond them, what was written first is forgotten, and read from the bucket again."""


class StoreBehind(ObjectStore):
    """Objects are written in the order in which they are put, by one thread; leaving the context waits for it.

    Where one cannot be written, none after it is; `put`, `settle`, and whatever else needs the bucket as it should be,
    raise what went wrong.
    """

    def __init__(self, store: ObjectStore) -> None:
        super().__init__(store._client, store.bucket)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-behind")
        self._room = threading.Semaphore(_MOST_WAITING)
        self._lock = threading.Lock()
        self._remembered: dict[str, bytes] = {}
        self._remembered_bytes = 0
        self._written: deque[str] = deque()
        """Of what is remembered, what is in the bucket; used by the writer alone."""
        self._failure: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._writer.shutdown()

    def get(self, key: str, etag: str | None = None) -> bytes | None:
        remembered = None if etag else self._remembered.get(key)
        return super().get(key, etag) if remembered is None else remembered

    def put(self, key: str, data: bytes, media_type: str = "application/octet-stream") -> None:
        self._raise_failure()
        self._room.acquire()
        self._remember(key, data)
        self._writer.submit(self._write, key, data, media_type)

    def is_new(self, key: str) -> bool:
        return key in self._remembered

    def list(self, prefix: str) -> Iterator[StoredObject]:
        self.settle()
        return super().list(prefix)

    def folders(self, prefix: str) -> Iterator[str]:
        self.settle()
        return super().folders(prefix)

    def delete(self, keys: Iterable[str]) -> None:
        given = [*keys]
        self.settle()
        for key in given:
            self._forget(key)
        super().delete(given)

    def settle(self) -> None:
        self._writer.submit(lambda: None).result()
        self._raise_failure()

    def when_settled(self, call: Callable[[Exception | None], None]) -> None:
        """Has `call` called, by the thread that writes, once all that has been put is written, or what went wrong."""
        self._writer.submit(lambda: call(self._failure))

    def _write(self, key: str, data: bytes, media_type: str) -> None:
        try:
            if self._failure is None:
                super().put(key, data, media_type)
        except Exception as error:  # noqa: BLE001 - raised to whoever relies on it
            self._failure = error
        finally:
            self._room.release()
        self._written.append(key)
        while self._written and self._remembered_bytes > _REMEMBERED_BYTES:
            self._forget(self._written.popleft())

    def _remember(self, key: str, data: bytes) -> None:
        with self._lock:
            self._remembered_bytes += len(data) - len(self._remembered.get(key, b""))
            self._remembered[key] = data

    def _forget(self, key: str) -> None:
        with self._lock:
            self._remembered_bytes -= len(self._remembered.pop(key, b""))

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
