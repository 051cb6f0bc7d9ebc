"""What is put behind the caller's back is there at once, in order, and never silently lost."""

import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest

from ocr_pipeline.storage.objects import ObjectStore, open_store
from ocr_pipeline.storage.store_behind import StoreBehind
from ocr_pipeline_tests.conftest import Services


@pytest.fixture
def store(services: Services) -> Iterator[ObjectStore]:
    store = open_store(services.settings)
    yield store
    store.close()


@pytest.fixture
def prefix() -> str:
    return f"tests/{uuid4().hex}/"


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The bucket takes nothing before this is set."""
    gate = threading.Event()
    put = ObjectStore.put

    def wait_and_put(self: ObjectStore, key: str, data: bytes, media_type: str = "") -> None:
        assert gate.wait(30)
        put(self, key, data, media_type)

    monkeypatch.setattr(ObjectStore, "put", wait_and_put)
    return gate


def test_what_is_put_is_there_before_it_is_written(store: ObjectStore, prefix: str, gate: threading.Event) -> None:
    with StoreBehind(store) as behind:
        behind.put(f"{prefix}a", b"data")
        assert behind.get(f"{prefix}a") == b"data"
        assert store.get(f"{prefix}a") is None
        gate.set()
        behind.settle()
        assert store.get(f"{prefix}a") == b"data"


def test_what_it_put_is_new_and_nothing_else(store: ObjectStore, prefix: str) -> None:
    store.put(f"{prefix}a", b"data")
    with StoreBehind(store) as behind:
        behind.put(f"{prefix}b", b"data")
        behind.settle()
        assert behind.get(f"{prefix}a") == b"data"
        assert [behind.is_new(f"{prefix}{name}") for name in "abc"] == [False, True, False]


def test_leaving_waits_for_the_writing(store: ObjectStore, prefix: str) -> None:
    with StoreBehind(store) as behind:
        for number in range(30):
            behind.put(f"{prefix}{number}", b"data")
    assert len(list(store.list(prefix))) == 30


def test_what_others_wrote_is_found(store: ObjectStore, prefix: str) -> None:
    store.put(f"{prefix}a", b"data")
    with StoreBehind(store) as behind:
        assert behind.get(f"{prefix}a") == b"data"
        assert behind.get(f"{prefix}b") is None


def test_after_a_failure_nothing_more_is_written_and_who_relies_on_it_is_told(
    store: ObjectStore, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = ObjectStore.put

    def fail_once(self: ObjectStore, key: str, data: bytes, media_type: str = "") -> None:
        if key.endswith("page"):
            raise ConnectionError(key)
        put(self, key, data, media_type)

    monkeypatch.setattr(ObjectStore, "put", fail_once)
    told: list[Exception | None] = []
    with StoreBehind(store) as behind:
        behind.put(f"{prefix}page", b"data")
        with pytest.raises(ConnectionError):
            behind.settle()
        with pytest.raises(ConnectionError):
            behind.put(f"{prefix}output.json", b"{}")
        behind.when_settled(told.append)
    assert [type(failure) for failure in told] == [ConnectionError]
    assert list(store.list(prefix)) == []


def test_what_is_deleted_stays_deleted(store: ObjectStore, prefix: str) -> None:
    with StoreBehind(store) as behind:
        behind.put(f"{prefix}a", b"data")
        behind.delete(stored.key for stored in behind.list(prefix))
        assert behind.get(f"{prefix}a") is None
    assert list(store.list(prefix)) == []


def test_memory_is_bounded(store: ObjectStore, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr_pipeline.storage.store_behind._REMEMBERED_BYTES", 1000)
    with StoreBehind(store) as behind:
        for number in range(20):
            behind.put(f"{prefix}{number}", bytes(100))
        behind.settle()
        assert sum(map(len, behind._remembered.values())) <= 1000
        assert all(behind.get(f"{prefix}{number}") == bytes(100) for number in range(20))
