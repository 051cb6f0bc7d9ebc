"""Files that leave inbox and uploads: only those that nothing needs."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import Engine

from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.leftovers import leave_inbox, remove_strays
from ocr_pipeline.storage.listing import Place
from ocr_pipeline.storage.objects import ObjectStore, Page, StoredObject
from ocr_pipeline_tests.storage.aged import aged_batch, days_ago


@pytest.fixture
def prefix() -> str:
    return f"inbox-{uuid4().hex}/"


def put(store: ObjectStore, key: str, data: bytes = b"x") -> StoredObject:
    store.put(key, data)
    stored = store.find(key)
    assert stored is not None
    return stored


def read_file(engine: Engine, store: ObjectStore, key: str, days: float, *, has_original: bool = True) -> None:
    """A file of the inbox whose document was finished so many days ago."""
    stored, sha256 = put(store, key), uuid4().hex
    aged_batch(engine, days, [Arrival(key, key, stored.etag, stored.size, sha256)])
    if has_original:
        store.put(f"originals/{sha256}", b"x")


def names(store: ObjectStore, prefix: str) -> list[str]:
    return [stored.key.removeprefix(prefix) for stored in store.list(prefix)]


def test_files_of_documents_finished_long_ago_leave_the_inbox(
    engine: Engine, ledger: Ledger, store: ObjectStore, prefix: str
) -> None:
    read_file(engine, store, f"{prefix}old", 31)
    read_file(engine, store, f"{prefix}young", 29)
    read_file(engine, store, f"{prefix}without original", 31, has_original=False)
    put(store, f"{prefix}unknown")
    unfinished = put(store, f"{prefix}unfinished")
    ledger.register([Arrival("unfinished", unfinished.key, unfinished.etag, 1)])

    (done,) = leave_inbox(engine, store, prefix, days_ago(30))

    assert names(store, prefix) == ["unfinished", "unknown", "without original", "young"]
    assert (done["inbox files removed"], done["inbox files without original left"]) == (1, 1)


def test_a_long_inbox_is_gone_through_from_where_the_last_time_stopped(
    engine: Engine, ledger: Ledger, store: ObjectStore, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ObjectStore.page, "__defaults__", (None, 2))
    for name in "abc":
        put(store, prefix + name)
    read_file(engine, store, f"{prefix}d", 31)
    places: list[str | None] = [None]

    for _ in range(2):
        next(leave_inbox(engine, store, prefix, days_ago(30), Place(places[-1], places.append)))

    assert names(store, prefix) == ["a", "b", "c"]
    assert places[-1] is None, "the next time begins anew"


def test_a_place_that_the_store_does_not_know_is_the_begin(
    engine: Engine, ledger: Ledger, store: ObjectStore, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_file(engine, store, f"{prefix}a", 31)
    page = ObjectStore.page

    def forgetful(self: ObjectStore, prefix: str, begin: str | None = None) -> Page:
        if begin is not None:
            raise LookupError(begin)
        return page(self, prefix)

    monkeypatch.setattr(ObjectStore, "page", forgetful)

    list(leave_inbox(engine, store, prefix, days_ago(30), Place("forgotten", lambda _: None)))

    assert names(store, prefix) == []


def test_a_file_that_was_replaced_since_it_was_read_stays(
    engine: Engine, ledger: Ledger, store: ObjectStore, prefix: str
) -> None:
    read_file(engine, store, f"{prefix}a", 31)
    store.put(f"{prefix}a", b"another")

    list(leave_inbox(engine, store, prefix, days_ago(30)))

    assert store.get(f"{prefix}a") == b"another"


def test_a_file_that_is_replaced_at_the_very_moment_stays(
    engine: Engine, ledger: Ledger, store: ObjectStore, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_file(engine, store, f"{prefix}a", 31)
    read_file(engine, store, f"{prefix}b", 31)
    delete = ObjectStore.delete_unchanged

    def somebody_is_faster(self: ObjectStore, objects: Iterable[StoredObject]) -> int:
        given = list(objects)
        self.put(f"{prefix}a", b"another")
        return delete(self, given)

    monkeypatch.setattr(ObjectStore, "delete_unchanged", somebody_is_faster)

    (done,) = leave_inbox(engine, store, prefix, days_ago(30))

    assert names(store, prefix) == ["a"]
    assert store.get(f"{prefix}a") == b"another"
    assert done["inbox files removed"] == 1


def test_a_bucket_that_lets_nothing_go_is_told_of(
    engine: Engine, ledger: Ledger, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = put(store, f"inbox-{uuid4().hex}/a")
    denied = {"Errors": [{"Key": found.key, "Code": "AccessDenied"}]}
    monkeypatch.setattr(store, "_client", type("Client", (), {"delete_objects": lambda *_, **__: denied})())

    with pytest.raises(ClientError, match="AccessDenied"):
        store.delete_unchanged([found])


def test_old_uploads_that_no_row_names_are_removed(engine: Engine, ledger: Ledger, store: ObjectStore) -> None:
    named, stray = put(store, f"uploads/{uuid4()}/a.jpg"), put(store, f"uploads/{uuid4()}/a.jpg")
    ledger.register_batch([Arrival("a.jpg", named.key, named.etag, 1)])

    list(remove_strays(engine, store, datetime.now(UTC) - timedelta(days=1)))
    assert store.find(stray.key) is not None, "it may be about to be entered"

    list(remove_strays(engine, store, datetime.now(UTC) + timedelta(days=1)))

    assert store.find(stray.key) is None
    assert store.find(named.key) is not None
