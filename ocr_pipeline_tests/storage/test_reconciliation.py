"""The inbox compared with the ledger, both ways."""

from uuid import uuid4

import pytest
from sqlalchemy import Engine, event, update

from ocr_pipeline.documents.model import Rejection, State
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline.storage.reconciliation import Reconciled, reconcile


@pytest.fixture
def prefix() -> str:
    return f"inbox-{uuid4().hex}/"


def compare(engine: Engine, store: ObjectStore, prefix: str, most_named: int = 10) -> Reconciled:
    return reconcile(engine, store, prefix, "acme", most_named=most_named)


def test_a_file_that_no_event_announced_is_found(
    engine: Engine, ledger: Ledger, store: ObjectStore, prefix: str
) -> None:
    for name in ("a.jpg", "sub/b.jpg"):
        store.put(prefix + name, b"x")

    found = compare(engine, store, prefix)

    assert (found.files, found.known, found.entered, found.gone) == (2, 0, 2, 0)
    entered = ledger.documents_of([f"{prefix}a.jpg", f"{prefix}sub/b.jpg"])
    assert sorted((document.file, document.tenant) for document in entered) == [
        ("a.jpg", "acme"),
        ("sub/b.jpg", "acme"),
    ]
    assert compare(engine, store, prefix) == Reconciled(2, 0, 0, [])


def test_a_file_that_was_given_up_as_gone_is_taken_up_again(
    engine: Engine, ledger: Ledger, store: ObjectStore, prefix: str
) -> None:
    store.put(f"{prefix}a.jpg", b"x")
    compare(engine, store, prefix)
    reason = Rejection.of(ErrorCode.FILE_MISSING, key="a.jpg").model_dump(mode="json")
    with engine.begin() as connection:
        connection.execute(update(schema.ledger).values(state=State.REJECTED, reason=reason))

    assert compare(engine, store, prefix).entered == 1


def test_waiting_documents_whose_file_is_gone_are_told(
    engine: Engine, ledger: Ledger, store: ObjectStore, prefix: str
) -> None:
    for name in ("there", "gone", "replaced", "read"):
        store.put(prefix + name, b"x")
    compare(engine, store, prefix)
    ledger.register([Arrival("elsewhere", "imports/elsewhere", "e", 1)])
    (read,) = ledger.documents_of([f"{prefix}read"])
    ledger.note_intake(read.id, "hash", None)
    store.delete([f"{prefix}gone", f"{prefix}read"])
    store.put(f"{prefix}replaced", b"another")

    found = compare(engine, store, prefix)

    assert (found.files, found.entered, found.gone, found.gone_files) == (2, 1, 2, ["gone", "replaced"])
    assert compare(engine, store, prefix, most_named=1).gone_files == ["gone"]


def test_pages_are_compared_one_after_the_other_and_a_known_page_costs_the_same_few_statements(
    engine: Engine, ledger: Ledger, store: ObjectStore, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ObjectStore.page, "__defaults__", (None, 10))
    for number in range(25):
        store.put(f"{prefix}{number:03}", b"x")
    compare(engine, store, prefix)
    statements: list[str] = []
    seen: list[int] = []

    def note(_1: object, _2: object, statement: str, *_3: object) -> None:
        statements.append(statement.split(maxsplit=1)[0])

    event.listen(engine, "before_cursor_execute", note)
    try:
        reconcile(engine, store, prefix, "acme", most_named=0, tell=seen.append)
    finally:
        event.remove(engine, "before_cursor_execute", note)

    assert seen == [10, 20, 25]
    assert statements.count("DELETE") == 3
    assert len(statements) <= 3 * 2 + 6


def test_a_comparison_that_breaks_off_leaves_nothing_behind_that_is_in_the_way(
    engine: Engine, ledger: Ledger, store: ObjectStore, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(f"{prefix}a", b"x")

    def breaks_off(_: int) -> None:
        raise ConnectionError

    for _ in range(30):  # more often than the pool has connections
        with pytest.raises(ConnectionError):
            reconcile(engine, store, prefix, "acme", most_named=0, tell=breaks_off)

    assert compare(engine, store, prefix) == Reconciled(1, 0, 0, [])
