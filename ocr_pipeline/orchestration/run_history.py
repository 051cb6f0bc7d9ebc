"""Runs, ticks and failures, read from Dagster's tables: Postgres is all it takes, no server and no DAGSTER_HOME."""

from collections.abc import Mapping
from datetime import UTC, datetime

from dagster import AssetKey, AssetRecordsFilter, DagsterEventType, DagsterRunStatus, RunRecord, RunsFilter
from dagster._core.scheduler.instigation import InstigatorState, InstigatorType
from dagster._core.storage.tags import BACKFILL_ID_TAG, PARTITION_NAME_TAG
from dagster_celery.tags import DAGSTER_CELERY_QUEUE_TAG
from sqlalchemy import Engine, inspect

from ocr_pipeline import tracing
from ocr_pipeline.orchestration.draining import HANDED_BACK_TAG
from ocr_pipeline.orchestration.past_runs import WORKER_TAG, LastTick, PastRun
from ocr_pipeline.orchestration.run_storage import SCHEMA, PooledPostgresStorage
from ocr_pipeline.settings import STAGES
from ocr_pipeline.storage.database import get_engine

_MOST_RUNS = 50
_MOST_EXPLAINED = 5
"""Failed runs whose failure is looked up, the last ones."""
_FAILURES = {DagsterEventType.STEP_FAILURE, DagsterEventType.RUN_FAILURE, DagsterEventType.RUN_CANCELED}
_LONGEST_FAILURE = 500


def open_run_history(database_url: str) -> "RunHistory | None":
    """None where Dagster has never run with this database: nothing is made there by asking."""
    engine: Engine = get_engine(database_url)
    return RunHistory(PooledPostgresStorage(database_url)) if inspect(engine).has_table("runs", SCHEMA) else None


class RunHistory:
    def __init__(self, storage: PooledPostgresStorage) -> None:
        self._runs = storage.run_storage
        self._events = storage.event_log_storage
        self._schedules = storage.schedule_storage

    def of_batch(self, batch: str) -> list[PastRun]:
        """The oldest first; runs of several batches are found once they have materialized something of this one."""
        records = self._runs.get_run_records(RunsFilter(tags={PARTITION_NAME_TAG: batch}), limit=_MOST_RUNS)
        known = {record.dagster_run.run_id for record in records}
        if others := self._materialized(batch) - known:
            records = [*records, *self._runs.get_run_records(RunsFilter(run_ids=sorted(others)), limit=_MOST_RUNS)]
        ordered = sorted(records, key=lambda record: record.create_timestamp)
        failed = [record for record in ordered if record.dagster_run.status in _WITHOUT_SUCCESS]
        explained = {record.dagster_run.run_id for record in failed[-_MOST_EXPLAINED:]}
        return [self._past_run(record, explain=record.dagster_run.run_id in explained) for record in ordered]

    def failed_since(self, moment: datetime) -> int:
        """Runs that failed, whatever became of their documents later."""
        return self._runs.get_runs_count(RunsFilter(statuses=[DagsterRunStatus.FAILURE], updated_after=moment))

    def last_ticks(self) -> list[LastTick]:
        """Of every sensor and schedule that ever ticked, by name."""
        states = {state.selector_id: state for state in self._schedules.all_instigator_state()}
        found = [self._last_tick(state) for state in states.values()]
        return sorted((tick for tick in found if tick is not None), key=lambda tick: (tick.kind, tick.name))

    def tags(self, run_id: str) -> Mapping[str, str]:
        """None of a run that is gone."""
        found = self._runs.get_runs(RunsFilter(run_ids=[run_id]))
        return found[0].tags if found else {}

    def note_worker(self, run_id: str, worker: str) -> None:
        self._runs.add_run_tags(run_id, {WORKER_TAG: worker})

    def _materialized(self, batch: str) -> set[str]:
        return {
            record.run_id
            for stage in STAGES
            for record in self._events.fetch_materializations(
                AssetRecordsFilter(asset_key=AssetKey(stage), asset_partitions=[batch]), limit=_MOST_RUNS
            ).records
        }

    def _past_run(self, record: RunRecord, *, explain: bool) -> PastRun:
        run = record.dagster_run
        return PastRun(
            id=run.run_id,
            job=run.job_name,
            status=run.status.value,
            created_at=record.create_timestamp.astimezone(UTC),
            started_at=_moment(record.start_time),
            ended_at=_moment(record.end_time),
            queue=run.tags.get(DAGSTER_CELERY_QUEUE_TAG),
            worker=run.tags.get(WORKER_TAG),
            backfill=run.tags.get(BACKFILL_ID_TAG),
            trace=tracing.trace_id(run.tags.get(tracing.TAG)),
            is_handed_back=HANDED_BACK_TAG in run.tags,
            failure=self._failure(run.run_id) if explain else None,
        )

    def _failure(self, run_id: str) -> str | None:
        records = self._events.get_records_for_run(run_id, of_type=_FAILURES, limit=1).records
        if not records or (event := records[0].event_log_entry.dagster_event) is None:
            return None
        error = getattr(event.event_specific_data, "error", None)
        while error is not None and error.cause is not None:
            error = error.cause
        text = error.message if error is not None else event.message
        said = " ".join((text or "").split())[:_LONGEST_FAILURE]
        return f"{event.step_key}: {said}" if event.step_key else said

    def _last_tick(self, state: InstigatorState) -> LastTick | None:
        ticks = self._schedules.get_ticks(state.instigator_origin_id, state.selector_id, limit=1)
        if not ticks:
            return None
        tick = ticks[0]
        return LastTick(
            name=state.instigator_name,
            kind="schedule" if state.instigator_type is InstigatorType.SCHEDULE else "sensor",
            status=tick.status.value,
            at=datetime.fromtimestamp(tick.timestamp, UTC),
            failure=None if tick.error is None else " ".join(tick.error.message.split())[:_LONGEST_FAILURE],
        )


_WITHOUT_SUCCESS = {DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED}


def _moment(timestamp: float | None) -> datetime | None:
    return None if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
