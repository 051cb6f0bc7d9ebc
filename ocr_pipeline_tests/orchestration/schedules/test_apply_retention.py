"""The nightly retention, as a run: what leaves, and that nothing leaves that a result needs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.runs.schema import RunsTable
from dagster._core.storage.runs.sql_run_storage import SqlRunStorage
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)
from dagster._core.test_utils import create_run_for_test

from ocr_pipeline.orchestration.forgetting import backfills_under_way, forget_partitions
from ocr_pipeline.orchestration.schedules import apply_retention as schedule
from ocr_pipeline.orchestration.schedules.apply_retention import apply_retention
from ocr_pipeline.orchestration.schedules.housekeeping import TAGS
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.objects import ObjectStore, Page
from ocr_pipeline.storage.tables import load_outcome
from ocr_pipeline_tests.orchestration.batch_runs import Batches
from ocr_pipeline_tests.orchestration.schedules.executed import execute, told
from ocr_pipeline_tests.storage.aged import age, days_ago, marks


@pytest.fixture(autouse=True)
def inbox(resource: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `Batches` puts into the bucket counts as the inbox."""
    monkeypatch.setenv("OCR_S3_INBOX_PREFIX", "tests/")
    get_settings.cache_clear()


def old_run(
    batches: Batches, tags: dict[str, str], *, days: float = 100, status: DagsterRunStatus = DagsterRunStatus.SUCCESS
) -> str:
    """A run that Dagster last heard of so many days ago."""
    run: DagsterRun = create_run_for_test(batches.instance, tags=tags, status=status)
    age_run(batches, run.run_id, days)
    return run.run_id


def age_run(batches: Batches, run_id: str, days: float) -> None:
    storage = batches.instance.run_storage
    assert isinstance(storage, SqlRunStorage)
    then = (datetime.now(UTC) - timedelta(days=days)).replace(tzinfo=None)
    with storage.connect() as connection:
        connection.execute(RunsTable.update().where(RunsTable.c.run_id == run_id).values(update_timestamp=then))


def old_batch(batches: Batches, days: float = 100) -> str:
    key = batches.of_files({"a.jpg": b"x"})
    age(batches.services.database, key, days)
    return key


def runs_left(batches: Batches) -> set[str]:
    """But those of the retention itself."""
    return {run.run_id for run in batches.instance.get_runs() if run.job_name != apply_retention.name}


def partitions(batches: Batches) -> list[str]:
    return list(batches.instance.get_dynamic_partitions("batches"))


def test_old_batches_leave_dagster_with_their_runs_and_no_others_do(batches: Batches) -> None:
    old, young = old_batch(batches), old_batch(batches, days=10)
    unfinished = batches.of_files({"a.jpg": b"x"})
    leave = {
        old_run(batches, {PARTITION_NAME_TAG: old}),
        old_run(batches, {PARTITION_NAME_TAG: old}, status=DagsterRunStatus.FAILURE),
        old_run(batches, TAGS),
    }
    stay = {
        old_run(batches, {PARTITION_NAME_TAG: young}, days=10),
        old_run(batches, {PARTITION_NAME_TAG: unfinished}),
        old_run(batches, {ASSET_PARTITION_RANGE_START_TAG: old, ASSET_PARTITION_RANGE_END_TAG: young}),
        old_run(batches, {PARTITION_NAME_TAG: "2024-01-01"}),
        old_run(batches, {}),
        old_run(batches, TAGS, days=10),
    }

    shown = told(execute(apply_retention, batches.instance, batches.services))

    assert partitions(batches) == [young, unfinished]
    assert runs_left(batches) == stay
    assert not batches.instance.all_logs(next(iter(leave)))
    assert (shown["partitions removed"], shown["runs removed"]) == (1, 3)
    assert marks(batches.services.database, old) == (True, False)


@pytest.mark.parametrize(
    ("days", "status"), [(1, DagsterRunStatus.SUCCESS), (100, DagsterRunStatus.STARTED), (0, DagsterRunStatus.STARTING)]
)
def test_an_old_batch_that_a_run_is_at_stays(batches: Batches, days: float, status: DagsterRunStatus) -> None:
    key = old_batch(batches)
    run = old_run(batches, {PARTITION_NAME_TAG: key}, days=days, status=status)

    shown = told(execute(apply_retention, batches.instance, batches.services))

    assert shown["partitions left"] == 1
    assert partitions(batches) == [key]
    assert runs_left(batches) == {run}
    assert marks(batches.services.database, key) == (False, False)


def launch_backfill(batches: Batches) -> None:
    batches.instance.add_backfill(
        PartitionBackfill(
            backfill_id="bf",
            status=BulkActionStatus.REQUESTED,
            from_failure=False,
            tags={},
            backfill_timestamp=datetime.now(UTC).timestamp(),
            asset_selection=[],
        )
    )


def checked_runs(batches: Batches) -> list[str]:
    """The runs of the rows that Dagster has of checks."""
    storage = batches.instance.event_log_storage
    assert isinstance(storage, SqlEventLogStorage)
    with storage.index_connection() as connection:
        return [row.run_id for row in connection.execute(AssetCheckExecutionsTable.select())]


def test_what_came_of_the_checks_of_a_run_leaves_with_it(batches: Batches) -> None:
    old, young = old_batch(batches), old_batch(batches, days=10)
    leaves, stays = old_run(batches, {PARTITION_NAME_TAG: old}), old_run(batches, {PARTITION_NAME_TAG: young}, days=10)
    storage = batches.instance.event_log_storage
    assert isinstance(storage, SqlEventLogStorage)
    checks = [("tables", "valid"), ("tables", "whole"), ("images", "valid")]
    rows = [
        {"asset_key": asset, "check_name": check, "run_id": run, "partition": key}
        for asset, check in checks
        for run, key in ((leaves, old), (stays, young))
    ]
    with storage.index_connection() as connection:
        connection.execute(AssetCheckExecutionsTable.insert(), rows)

    execute(apply_retention, batches.instance, batches.services)

    assert checked_runs(batches) == [stays] * 3


def test_a_run_over_batches_that_came_back_out_of_order_leaves_with_the_last_of_them(batches: Batches) -> None:
    first, last = sorted(old_batch(batches) for _ in range(2))
    old_run(batches, {ASSET_PARTITION_RANGE_START_TAG: last, ASSET_PARTITION_RANGE_END_TAG: first})

    execute(apply_retention, batches.instance, batches.services)

    assert runs_left(batches) == set()


@pytest.mark.parametrize("is_in_order", [True, False])
def test_a_run_over_several_batches_keeps_each_of_them(batches: Batches, is_in_order: bool) -> None:
    first, middle, last, other = sorted(old_batch(batches) for _ in range(4))
    start, end = (first, last) if is_in_order else (last, first)
    tags = {ASSET_PARTITION_RANGE_START_TAG: start, ASSET_PARTITION_RANGE_END_TAG: end}
    old_run(batches, tags, status=DagsterRunStatus.STARTED)

    assert forget_partitions(batches.instance, days_ago(90), [first, middle, last, other]) == [other]
    assert sorted(partitions(batches)) == [first, middle, last]


def test_while_a_backfill_is_under_way_old_batches_stay_as_they_are(batches: Batches) -> None:
    key = old_batch(batches)
    launch_backfill(batches)

    execute(apply_retention, batches.instance, batches.services, stage_output_days=1)

    assert partitions(batches) == [key]
    assert marks(batches.services.database, key) == (False, False)


@pytest.mark.parametrize(("mark", "days"), [(0, {}), (1, {"partition_days": 0, "stage_output_days": 1})])
def test_a_backfill_that_is_launched_between_two_portions_stops_the_rest(
    batches: Batches, monkeypatch: pytest.MonkeyPatch, mark: int, days: dict[str, Any]
) -> None:
    monkeypatch.setattr("ocr_pipeline.storage.retention._PARTITIONS_AT_ONCE", 1)
    keys = [old_batch(batches) for _ in range(3)]
    asked: list[object] = []

    def launched_at_the_second(instance: DagsterInstance) -> Sequence[str]:
        asked.append(instance)
        if len(asked) == 2:
            launch_backfill(batches)
        return backfills_under_way(instance)

    monkeypatch.setattr(schedule, "backfills_under_way", launched_at_the_second)

    execute(apply_retention, batches.instance, batches.services, **days)

    assert sum(marks(batches.services.database, key)[mark] for key in keys) == 1


def test_zero_keeps_all_for_ever(batches: Batches) -> None:
    key = old_batch(batches, days=4000)

    execute(apply_retention, batches.instance, batches.services, partition_days=0)

    assert partitions(batches) == [key]


def test_a_kind_of_thing_has_its_time_and_the_next_run_goes_on(
    batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocr_pipeline.storage.retention._PARTITIONS_AT_ONCE", 1)
    keys = [old_batch(batches) for _ in range(3)]

    for left in (2, 1, 0, 0):
        execute(apply_retention, batches.instance, batches.services, most_minutes=1e-9)
        assert len(partitions(batches)) == left

    assert all(marks(batches.services.database, key)[0] for key in keys)


def test_all_kinds_of_things_share_one_time_and_none_takes_that_of_the_others(
    batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    took: Counter[str] = Counter()

    def endless(name: str) -> Iterator[Counter[str]]:
        nonlocal now
        while True:
            now += 1
            took[name] += 1
            yield Counter({name: 1})

    def brief(name: str) -> Iterator[Counter[str]]:
        took[name] += 1
        yield Counter({name: 1})

    kinds = [("a", brief("a")), ("b", endless("b")), ("c", endless("c")), ("d", brief("d"))]
    monkeypatch.setattr(schedule, "_due", lambda *_: iter(kinds))
    monkeypatch.setattr(schedule, "time", SimpleNamespace(monotonic=lambda: now))

    execute(apply_retention, batches.instance, batches.services, most_minutes=1)

    assert took == {"a": 1, "b": 21, "c": 20, "d": 1}


def test_a_long_listing_goes_on_where_the_run_before_stopped(batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    store = batches.services.store
    store.delete([stored.key for stored in store.list("uploads/")])
    keys = [f"uploads/{number}/a.jpg" for number in range(3)]
    for key in keys:
        store.put(key, b"x")
    monkeypatch.setattr(ObjectStore.page, "__defaults__", (None, 1))
    seen: list[str] = []
    page = ObjectStore.page

    def note(self: ObjectStore, prefix: str, begin: str | None = None) -> Page:
        found = page(self, prefix, begin)
        seen.extend(stored.key for stored in found.files)
        return found

    monkeypatch.setattr(ObjectStore, "page", note)
    for _ in range(10):  # a store may still have a last page, with nothing on it: the folders that were just emptied
        if len(seen) == 4:
            break
        execute(apply_retention, batches.instance, batches.services, most_minutes=1e-9)

    assert seen == [*keys, keys[0]]


def test_what_the_bucket_does_not_let_go_fails_the_run_and_holds_up_only_its_own_kind(
    batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = old_batch(batches)

    def refuse(_: ObjectStore, keys: Iterable[str]) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "DeleteObjects")

    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "delete", refuse)
        with batches.services.database.begin() as connection:
            connection.exec_driver_sql("UPDATE ledger SET sha256 = 'hash'")
        failed = execute(
            apply_retention, batches.instance, batches.services, raise_on_error=False, stage_output_days=30
        )

    assert not failed.success
    assert told(failed)["partitions removed"] == 1
    assert marks(batches.services.database, key) == (True, False)

    execute(apply_retention, batches.instance, batches.services, stage_output_days=30)

    assert marks(batches.services.database, key) == (True, True)


def test_results_stay_as_they_are_and_a_cleared_batch_that_runs_again_is_made_anew_from_originals(
    batches: Batches,
) -> None:
    services = batches.services
    batch = batches.of_samples(2, seed=11)
    batches.run(batch)
    age(services.database, batch, 100)
    for run in batches.instance.get_runs():
        age_run(batches, run.run_id, 100)
    documents = services.ledger.batch_documents(batch)
    before = [load_outcome(services.database, document, 10**9) for document in documents]
    assert all(outcome.fields for outcome in before)

    shown = told(execute(apply_retention, batches.instance, services, stage_output_days=30, inbox_days=30))

    assert (shown["batches cleared"], shown["inbox files removed"], shown["partitions removed"]) == (1, 2, 1)
    for document in documents:
        outputs = [stored for stored in services.store.list("stages/") if str(document.sha256) in stored.key]
        assert outputs == []
        assert services.store.find(document.object_key) is None
        assert services.originals.find(document.sha256 or "") is not None
    again = services.ledger.batch_documents(batch)
    assert again == documents
    assert [load_outcome(services.database, document, 10**9) for document in again] == before

    batches.instance.add_dynamic_partitions("batches", [batch])
    batches.run(batch)

    after = [load_outcome(services.database, each, 10**9) for each in services.ledger.batch_documents(batch)]
    assert [(each.state, each.fields, each.line_items) for each in after] == [
        (each.state, each.fields, each.line_items) for each in before
    ]
    assert marks(services.database, batch) == (False, False)
    assert batches.instance.get_runs(RunsFilter(tags={PARTITION_NAME_TAG: batch}))
