"""Documents that say the same are linked to the earliest of them, in whatever order they are written."""

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import permutations
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, text, update

from ocr_pipeline.documents.model import Rejection, State, Verdict
from ocr_pipeline.storage import duplicates, schema
from ocr_pipeline.storage.duplicates import fingerprints_of, linked
from ocr_pipeline.storage.ledger import Ledger, insert_batch, lock, moment
from ocr_pipeline.storage.ledger_rows import NOBODY, Arrival, Finished, Lane, Sender
from ocr_pipeline.storage.tables import BatchTables, load_verdict, write_batch
from ocr_pipeline.storage.vendor_patterns import VendorPatternStore
from ocr_pipeline.validation.patterns.lesson import Lesson
from ocr_pipeline_tests.storage.made import REJECTION, doubtful, field, verdict


@pytest.fixture
def ids(ledger: Ledger) -> list[str]:
    """Six documents that wait, in the order in which they came."""
    return [ledger.register_batch([Arrival(file=name, object_key=name, etag="e", size=1)])[1][0] for name in "abcdef"]


def invoice(number: str | None = "A-17", **changes: str) -> Verdict:
    """An accepted invoice; None for one without number."""
    values = {"vendor_name": "Holzwerk Ahorn GmbH", "document_date": "2021-03-09", "total": "2737.00", **changes}
    if number is not None:
        values["invoice_number"] = number
    found = verdict()
    fields = {name: field(value) for name, value in values.items()}
    return found.model_copy(update={"record": found.record.model_copy(update={"fields": fields})})


def _batch_of(engine: Engine, ids: Sequence[str]) -> str:
    """The batch that all these documents are in; a new one where they were in several."""
    mine = schema.ledger.c.id.in_(ids)
    with engine.begin() as connection:
        found = set(connection.scalars(select(schema.ledger.c.batch).where(mine)))
        if len(found) > 1:
            found = {insert_batch(connection, datetime.now(UTC), NOBODY, Lane.BATCH)}
            connection.execute(update(schema.ledger).where(mine).values(batch=min(found)))
        return str(min(found))


def write(engine: Engine, results: Mapping[str, Verdict | Rejection], quarantined: bool = False) -> dict[str, Verdict]:
    verdicts = {id_: found for id_, found in results.items() if isinstance(found, Verdict)}
    rows: list[dict[str, Any]] = [
        {"document_id": id_, "verdict": found.model_dump(mode="json"), "version": "v1"}
        for id_, found in verdicts.items()
    ]
    documents = [
        {**row, "state": found.state, "kind": "invoice", "confidence": 0.9}
        for row, found in zip(rows, verdicts.values(), strict=True)
    ]
    finished = [
        Finished(id_, State.REJECTED, found, {})
        if isinstance(found, Rejection)
        else Finished(id_, found.state, None, {})
        for id_, found in results.items()
    ]
    in_quarantine = [{**row, "reasons": []} for row in rows]
    tables = BatchTables([], [], in_quarantine, finished, verdicts) if quarantined else None
    batch = _batch_of(engine, sorted(results))
    written = tables or BatchTables(documents, [], [], finished, verdicts)
    return dict(write_batch(engine, batch, written, moment()).verdicts)


def hash_of(engine: Engine, hashes: Mapping[str, str]) -> None:
    with engine.begin() as connection:
        for id_, sha256 in hashes.items():
            connection.execute(update(schema.ledger).where(schema.ledger.c.id == id_).values(sha256=sha256))


def links(engine: Engine, ledger: Ledger) -> dict[str, str | None]:
    """What each document is a duplicate of; row, verdict and ledger say the same of it."""
    found: dict[str, str | None] = {}
    with engine.connect() as connection:
        for row in connection.execute(select(schema.documents)).mappings():
            stored = load_verdict(engine, row["document_id"])
            document = ledger.document(row["document_id"])
            assert stored is not None
            assert document is not None
            assert stored.duplicate_of == row["duplicate_of"]
            assert stored.state == row["state"] == document.state
            assert ("duplicate" in {reason.code for reason in stored.reasons}) == (row["duplicate_of"] is not None)
            found[row["document_id"]] = row["duplicate_of"]
    return found


def test_the_same_invoice_twice_is_flagged_and_linked_and_not_dropped(
    engine: Engine, ledger: Ledger, ids: list[str]
) -> None:
    assert write(engine, {ids[0]: invoice()}) == {}
    settled = write(engine, {ids[1]: invoice()})
    assert links(engine, ledger) == {ids[0]: None, ids[1]: ids[0]}
    assert settled == {ids[1]: linked(invoice(), ids[0])}
    assert settled[ids[1]].state is State.NEEDS_REVIEW
    assert ids[0] in settled[ids[1]].reasons[-1].message


def test_duplicates_within_a_batch(engine: Engine, ledger: Ledger, ids: list[str]) -> None:
    write(engine, {ids[2]: invoice(), ids[0]: invoice(), ids[1]: invoice("another")})
    assert links(engine, ledger) == {ids[0]: None, ids[1]: None, ids[2]: ids[0]}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_whatever_order_the_earliest_is_the_one(
    engine: Engine, ledger: Ledger, ids: list[str], order: tuple[int, ...]
) -> None:
    settled: dict[str, Verdict] = {}
    for place in order:
        settled |= {ids[place]: invoice()} | write(engine, {ids[place]: invoice()})
    assert links(engine, ledger) == {ids[0]: None, ids[1]: ids[0], ids[2]: ids[0]}
    assert settled == {id_: load_verdict(engine, id_) for id_ in ids[:3]}, "what was returned is what stands there"


def test_a_batch_that_runs_again_gives_the_same_answer(engine: Engine, ledger: Ledger, ids: list[str]) -> None:
    batches = ({ids[0]: invoice(), ids[3]: doubtful()}, {ids[1]: invoice(), ids[2]: invoice()})
    for batch in batches:
        write(engine, batch)
    once = links(engine, ledger)
    assert once == {ids[0]: None, ids[1]: ids[0], ids[2]: ids[0], ids[3]: None}
    for batch in (*batches, *reversed(batches)):
        write(engine, batch)
        assert links(engine, ledger) == once


def test_a_document_that_no_longer_says_it_sets_the_others_free(engine: Engine, ledger: Ledger, ids: list[str]) -> None:
    for id_ in ids[:3]:
        write(engine, {id_: invoice()})
    settled = write(engine, {ids[0]: invoice("B-1")})
    assert links(engine, ledger) == {ids[0]: None, ids[1]: None, ids[2]: ids[1]}
    assert settled == {ids[1]: invoice(), ids[2]: linked(invoice(), ids[1])}
    write(engine, {ids[1]: REJECTION})
    assert links(engine, ledger) == {ids[0]: None, ids[2]: None}


def test_without_a_number_the_same_bytes_are_the_same(engine: Engine, ledger: Ledger, ids: list[str]) -> None:
    hash_of(engine, {ids[0]: "aa", ids[1]: "bb", ids[2]: "aa"})
    write(engine, {id_: invoice(None) for id_ in ids[:4]})
    assert links(engine, ledger) == {ids[0]: None, ids[1]: None, ids[2]: ids[0], ids[3]: None}


def test_the_same_bytes_are_the_same_whatever_was_read(engine: Engine, ledger: Ledger, ids: list[str]) -> None:
    """Another engine may have read them."""
    hash_of(engine, {ids[0]: "aa", ids[1]: "aa"})
    write(engine, {ids[0]: invoice("A-17")})
    write(engine, {ids[1]: invoice("A-l7"), ids[2]: invoice("A-l7")})
    assert links(engine, ledger) == {ids[0]: None, ids[1]: ids[0], ids[2]: ids[1]}


def test_a_document_in_quarantine_counts_too(engine: Engine, ledger: Ledger, ids: list[str]) -> None:
    write(engine, {ids[0]: doubtful(), ids[2]: invoice()}, quarantined=True)
    settled = write(engine, {ids[1]: invoice()})
    assert links(engine, ledger) == {ids[1]: None}
    assert settled[ids[2]].duplicate_of == ids[1]
    assert load_verdict(engine, ids[2]) == settled[ids[2]]
    with engine.connect() as connection:
        reasons = connection.scalar(
            select(schema.quarantine.c.reasons).where(schema.quarantine.c.document_id == ids[2])
        )
    assert reasons == [reason.model_dump(mode="json") for reason in settled[ids[2]].reasons]


def test_batches_written_at_the_same_time_do_not_miss_each_other(
    engine: Engine, ledger: Ledger, ids: list[str]
) -> None:
    for _ in range(5):
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda id_: write(engine, {id_: invoice()}), reversed(ids)))
        assert links(engine, ledger) == {id_: ids[0] if id_ != ids[0] else None for id_ in ids}


def test_two_runs_of_a_batch_at_the_same_time_leave_no_wrong_links(
    engine: Engine, ledger: Ledger, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was taken for dead may come to its end beside the one that took its place."""
    write(engine, {ids[1]: invoice("A")})
    hold, has_looked, other_is_done = duplicates._hold, Event(), Event()

    def hold_slowly(connection: Connection, locks: int, numbers: Iterable[int]) -> None:
        if locks == duplicates._FINGERPRINTS and not has_looked.is_set():
            has_looked.set()
            other_is_done.wait(0.5)  # which it can be only where it does not wait for this one
        hold(connection, locks, numbers)

    monkeypatch.setattr(duplicates, "_hold", hold_slowly)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(write, engine, {ids[0]: invoice("B")})
        assert has_looked.wait(10)
        write(engine, {ids[0]: invoice("A")})
        other_is_done.set()
        slow.result()
    last = load_verdict(engine, ids[0])
    assert last is not None
    says_the_same = fingerprints_of(last, None, "t") == fingerprints_of(invoice("A"), None, "t")
    assert links(engine, ledger) == {ids[0]: None, ids[1]: ids[0] if says_the_same else None}


def test_a_batch_that_teaches_and_one_that_links_its_documents_do_not_wait_for_each_other(
    engine: Engine, ledger: Ledger, ids: list[str]
) -> None:
    first, *others = ids[:3]
    for id_ in (*others, others[0]):  # so that the first stands in the table behind the second
        write(engine, {id_: invoice()})
    with ThreadPoolExecutor(1) as pool, engine.begin() as teacher:
        lock(teacher, others[:1])
        links_them = pool.submit(write, engine, {first: invoice()})
        _wait_for_a_waiting(engine)
        lock(teacher, others)
        teacher.commit()
        links_them.result()
    assert links(engine, ledger) == {first: None, others[0]: first, others[1]: first}


def _wait_for_a_waiting(engine: Engine) -> None:
    """Until some transaction waits for another one."""
    deadline = time.monotonic() + 10
    with engine.connect() as connection:
        while not connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_document_that_is_deleted_leaves_its_duplicates(engine: Engine, ids: list[str]) -> None:
    write(engine, {ids[0]: invoice(), ids[1]: invoice()})
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM ledger WHERE id = :id"), {"id": ids[0]})
        assert connection.execute(select(schema.documents.c.document_id, schema.documents.c.duplicate_of)).all() == [
            (ids[1], None)
        ]
        assert set(connection.scalars(select(schema.fingerprints.c.document_id))) == {ids[1]}


def test_a_document_that_becomes_a_duplicate_teaches_no_longer(engine: Engine, ids: list[str]) -> None:
    store, lesson = VendorPatternStore(engine, "default"), Lesson(keys=("name:H01ZWERK",))
    write(engine, {ids[1]: invoice(), ids[2]: invoice("B-1")})
    store.learn({ids[1]: lesson, ids[2]: lesson})
    write(engine, {ids[0]: invoice()})
    assert store.load(lesson.keys)["name:H01ZWERK"].documents == 1
    store.learn({ids[1]: lesson})  # the earlier one was written before the later one's batch came to teach
    assert store.load(lesson.keys)["name:H01ZWERK"].documents == 1


@pytest.mark.parametrize(
    "same",
    [
        invoice(vendor_name="HOLZWERK AHORN G.m.b.H."),
        invoice(number="a 17"),
        invoice(total="2737"),
        invoice(vendor_address="elsewhere"),
    ],
)
def test_ways_of_writing_do_not_matter(same: Verdict) -> None:
    assert fingerprints_of(same, None, "t") == fingerprints_of(invoice(), None, "t") != frozenset()


@pytest.mark.parametrize(
    "other",
    [
        invoice(vendor_name="Holzwerk Buche GmbH"),
        invoice(number="A-18"),
        invoice(total="2737.01"),
        invoice(total="-2737.00"),
        invoice(document_date="2021-03-10"),
    ],
)
def test_what_differs_in_one_part_is_another_document(other: Verdict) -> None:
    assert not fingerprints_of(other, None, "t") & fingerprints_of(invoice(), None, "t")


@pytest.mark.parametrize(
    "lacking", [invoice(None), invoice(number="--"), invoice(vendor_name="*"), invoice(document_date="soon")]
)
def test_what_lacks_a_part_is_known_by_its_bytes_alone(lacking: Verdict) -> None:
    assert fingerprints_of(lacking, None, "t") == frozenset()
    assert fingerprints_of(lacking, "aa", "t") == {"t:bytes:aa"}


def test_what_two_tenants_sent_is_never_the_same(engine: Engine, ledger: Ledger) -> None:
    senders = [Sender("acme"), Sender("acme"), Sender("globex"), Sender("globex")]
    files = [Arrival(file=str(number), object_key=str(number), etag="e", size=1) for number in range(4)]
    ids = [ledger.register_batch([file], sender)[1][0] for file, sender in zip(files, senders, strict=True)]
    hash_of(engine, dict.fromkeys(ids, "aa"))
    for id_ in reversed(ids):
        write(engine, {id_: invoice()})
    assert links(engine, ledger) == {ids[0]: None, ids[1]: ids[0], ids[2]: None, ids[3]: ids[2]}
