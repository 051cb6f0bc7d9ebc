"""Retention of batches: what is due leaves, what anything needs stays, and a break in between loses nothing."""

from collections.abc import Iterable, Sequence
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import Engine

from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline.storage.retention import are_retired, clear_batches, retire_batches
from ocr_pipeline_tests.storage.aged import age, aged_batch, days_ago, marks


def arrival(sha256: str | None = None) -> Arrival:
    return Arrival("a.jpg", f"uploads/{uuid4()}/a.jpg", "e", 1, sha256)


def outputs_of(store: ObjectStore, sha256: str) -> list[str]:
    """As three stages leave them, in two versions."""
    keys = [
        f"stages/raw_images/v1/{sha256}/output.json",
        f"stages/normalized_images/v1/{sha256}/output.json",
        f"stages/normalized_images/v1/{sha256}/page-1.png",
        f"stages/ocr_text/v2/{sha256}-ab12/output.json",
    ]
    for key in keys:
        store.put(key, b"x")
    store.put(f"originals/{sha256}", b"x")
    return keys


def left(store: ObjectStore, keys: Iterable[str]) -> list[str]:
    return [key for key in keys if store.find(key) is not None]


def clear_all(engine: Engine, store: ObjectStore) -> dict[str, int]:
    total: dict[str, int] = {}
    for portion in clear_batches(engine, store, days_ago(30)):
        for name, count in portion.items():
            total[name] = total.get(name, 0) + count
    return total


def test_old_finished_batches_are_retired_and_no_others(engine: Engine, ledger: Ledger) -> None:
    old = aged_batch(engine, 31, [arrival()])
    young = aged_batch(engine, 29, [arrival()])
    unfinished, _ = ledger.register_batch([arrival()])
    asked: list[str] = []

    def forget(keys: Sequence[str]) -> list[str]:
        asked.extend(keys)
        return list(keys)

    (portion,) = retire_batches(engine, days_ago(30), forget)

    assert asked == [old]
    assert portion["partitions removed"] == 1
    assert [marks(engine, key)[0] for key in (old, young, unfinished)] == [True, False, False]
    assert list(retire_batches(engine, days_ago(30), forget)) == []


def test_what_dagster_needs_is_left_and_holds_up_nothing_behind_it(
    engine: Engine, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocr_pipeline.storage.retention._PARTITIONS_AT_ONCE", 2)
    keys = [aged_batch(engine, days, [arrival()]) for days in (35, 34, 33, 32, 31)]

    portions = list(retire_batches(engine, days_ago(30), lambda asked: [key for key in asked if key not in keys[:2]]))

    assert [marks(engine, key)[0] for key in keys] == [False, False, True, True, True]
    assert [(p["partitions removed"], p["partitions left"]) for p in portions] == [(0, 2), (2, 0), (1, 0)]


def test_a_portion_in_which_dagster_fails_is_done_the_next_time(
    engine: Engine, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocr_pipeline.storage.retention._PARTITIONS_AT_ONCE", 1)
    keys = [aged_batch(engine, days, [arrival()]) for days in (33, 32, 31)]

    def fails_at_the_second(asked: Sequence[str]) -> Sequence[str]:
        if asked[0] == keys[1]:
            raise ConnectionError
        return asked

    with pytest.raises(ConnectionError):
        list(retire_batches(engine, days_ago(30), fails_at_the_second))
    assert [marks(engine, key)[0] for key in keys] == [True, False, False]

    list(retire_batches(engine, days_ago(30), lambda asked: asked))

    assert [marks(engine, key)[0] for key in keys] == [True, True, True]


def test_a_run_over_several_batches_counts_as_retired_with_the_last_of_them(engine: Engine, ledger: Ledger) -> None:
    first, second, third = sorted(aged_batch(engine, days, [arrival()]) for days in (33, 32, 31))
    list(retire_batches(engine, days_ago(30), lambda asked: [key for key in asked if key != second]))

    assert are_retired(engine, first, first)
    assert not are_retired(engine, first, third)
    assert not are_retired(engine, "2024-01-01", "2024-01-01"), "a partition of somebody else"


def test_stage_outputs_of_old_batches_leave_and_originals_stay(
    engine: Engine, ledger: Ledger, store: ObjectStore
) -> None:
    old, young = uuid4().hex, uuid4().hex
    old_keys, young_keys = outputs_of(store, old), outputs_of(store, young)
    old_batch = aged_batch(engine, 31, [arrival(old)])
    young_batch = aged_batch(engine, 29, [arrival(young)])

    done = clear_all(engine, store)

    assert left(store, old_keys) == []
    assert left(store, young_keys) == young_keys
    assert store.get(f"originals/{old}") == b"x"
    assert (done["batches cleared"], done["stage outputs removed"]) == (1, 4)
    assert (marks(engine, old_batch)[1], marks(engine, young_batch)[1]) == (True, False)
    assert clear_all(engine, store) == {}


@pytest.mark.parametrize("days", [29, None])
def test_a_younger_or_unfinished_document_of_the_same_bytes_keeps_the_outputs_until_it_is_old_itself(
    engine: Engine, ledger: Ledger, store: ObjectStore, days: float | None
) -> None:
    sha256 = uuid4().hex
    keys = outputs_of(store, sha256)
    old = aged_batch(engine, 31, [arrival(sha256)])
    other, _ = ledger.register_batch([arrival(sha256)])
    if days is not None:
        age(engine, other, days)

    assert clear_all(engine, store) == {"batches cleared": 1, "contents still in use": 1}
    assert left(store, keys) == keys
    assert marks(engine, old)[1]

    age(engine, other, 31)
    clear_all(engine, store)

    assert left(store, keys) == []


@pytest.mark.parametrize("deletes", range(1, 6))
def test_a_removal_that_breaks_off_is_ended_the_next_time(
    engine: Engine, ledger: Ledger, store: ObjectStore, monkeypatch: pytest.MonkeyPatch, deletes: int
) -> None:
    monkeypatch.setattr("ocr_pipeline.storage.retention._THREADS", 1)
    contents = [uuid4().hex for _ in range(3)]
    keys = {sha256: outputs_of(store, sha256) for sha256 in contents}
    batch = aged_batch(engine, 32, [arrival(sha256) for sha256 in contents[:2]])
    second = aged_batch(engine, 31, [arrival(contents[2])])
    counted = 0
    bucket_delete = ObjectStore.delete

    def fails_at_the_nth(self: ObjectStore, given: Iterable[str]) -> None:
        nonlocal counted
        counted += 1
        if counted == deletes:
            raise ClientError({"Error": {"Code": "SlowDown", "Message": ""}}, "DeleteObjects")
        bucket_delete(self, given)

    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "delete", fails_at_the_nth)
        with pytest.raises(ClientError):
            clear_all(engine, store)

    assert not marks(engine, second)[1]
    for sha256 in contents:
        there = left(store, keys[sha256])
        has_output = f"stages/normalized_images/v1/{sha256}/output.json" in there
        has_page = f"stages/normalized_images/v1/{sha256}/page-1.png" in there
        assert has_page or not has_output, "what is there would be taken for whole"
        assert store.get(f"originals/{sha256}") == b"x"

    clear_all(engine, store)

    assert left(store, [key for all_keys in keys.values() for key in all_keys]) == []
    assert marks(engine, batch)[1]
    assert marks(engine, second)[1]
