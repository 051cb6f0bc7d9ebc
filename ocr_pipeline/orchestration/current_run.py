"""A run that was given up, and does not know it: its host was cut off, and came back."""

from dagster import DagsterInstance, Failure


class RunWasEnded(Failure):
    """Ends a run whose batch is another run's by now."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"The run {run_id} was ended while its worker could not be reached; another one has its batch.",
            allow_retries=False,
        )


def require_current(instance: DagsterInstance, run_id: str) -> None:
    """Raises RunWasEnded where the run has a final state, or is gone. One small query.

    To be asked before each stage and before tables are written: whoever was cut off in between does no more harm.
    """
    run = instance.get_run_by_id(run_id)
    if run is None or run.is_finished:
        raise RunWasEnded(run_id)
