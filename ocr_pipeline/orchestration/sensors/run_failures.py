"""The sensor that finds the document to blame where runs of a batch fail again and again."""

from dagster import DagsterInstance, DefaultSensorStatus, RunFailureSensorContext, RunsFilter, run_failure_sensor
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import PARTITION_NAME_TAG

from ocr_pipeline.orchestration.jobs.process_batch import process_batch
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.sensors.faults import fault_of
from ocr_pipeline.orchestration.sensors.giving_up import give_up
from ocr_pipeline.settings import get_settings
from ocr_pipeline.storage.splitting import Fault, count_fault, split

FAULT_TAG = "ocr-pipeline/fault"
"""On a run whose failure was counted: what went wrong."""
_MOST_FAULTS = 2
"""At so many a batch is split, or the one document in it rejected."""
_MOST_FAULTS_WHOLE = 5
"""At so many a batch is rejected that somebody sent as one: it stays together, since it is asked for by its key."""


@run_failure_sensor(
    monitored_jobs=[process_batch],
    minimum_interval_seconds=get_settings().inbox_interval_seconds,
    default_status=DefaultSensorStatus.RUNNING,
    description=(
        "Looks at why runs of batches failed. Where a service was down, or a worker was lost, nothing is to be done: "
        "the sensor inbox launches another run. A batch with two failures of any other kind is split in two halves, "
        "and a document that fails so by itself is rejected with the code processing_failed, or keeps the result that "
        "it had before it was processed again."
    ),
)
def run_failures(context: RunFailureSensorContext, services: Services) -> None:
    """Counts each run once. A tick that breaks off may leave a run uncounted: the next one that fails is counted."""
    run, batch = context.dagster_run, context.dagster_run.tags.get(PARTITION_NAME_TAG)
    fault = fault_of(context.get_step_failure_events())
    # Without a fault, something outside failed.
    if fault is None or batch is None or _is_counted(context.instance, run.run_id):
        return
    # First: a run that would be counted twice could cost documents, and one that is not counted costs a run.
    context.instance.add_run_tags(run.run_id, {FAULT_TAG: fault})
    counted = count_fault(services.database, batch)
    if counted is not None:
        done = _act(context.instance, services, batch, counted, fault)
        context.log.warning(f"The run {run.run_id} of the batch {batch} failed ({fault}), by fault. {done}")


def _act(instance: DagsterInstance, services: Services, batch: str, counted: Fault, why: str) -> str:
    """What is done about it, in a sentence."""
    is_whole = counted.is_sent and counted.unfinished > 1
    if counted.faults < (_MOST_FAULTS_WHOLE if is_whole else _MOST_FAULTS):
        return "It runs again."
    if instance.get_runs_count(RunsFilter(tags={PARTITION_NAME_TAG: batch}, statuses=NOT_FINISHED_STATUSES)):
        return "Another run of it is under way."
    if counted.unfinished > 1 and not is_whole:
        return f"It is split into {' and '.join(split(services.database, batch)) or 'nothing: it has ended'}."
    give_up(services, batch, why)
    if not counted.unfinished:
        return "It is finished: of the document that was to be processed again the earlier result stands."
    return f"{counted.unfinished} documents of it are rejected."


def _is_counted(instance: DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    return run is None or FAULT_TAG in run.tags
