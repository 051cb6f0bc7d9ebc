"""Runs that fail as runs of batches do: with real events of Dagster's."""

from dagster import DagsterInstance, ExecuteInProcessResult, job, op


def fail(
    instance: DagsterInstance, batch: str, error: BaseException, cause: Exception | None = None
) -> ExecuteInProcessResult:
    """A run of the batch whose step raises `error`, from `cause`."""

    @op
    def stage() -> None:
        raise error from cause

    @job(name="process_batch")
    def failing() -> None:
        stage()

    return failing.execute_in_process(instance=instance, tags={"dagster/partition": batch}, raise_on_error=False)
