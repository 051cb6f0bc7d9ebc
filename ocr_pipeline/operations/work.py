"""How an installation's work goes, as `ocr-pipeline status` shows it and its `--json` prints it."""

from datetime import datetime

from ocr_pipeline.documents.model import Model


class Documents(Model):
    """That are not finished; counted to 100,000."""

    waiting: int
    processing: int
    oldest: datetime | None
    """When the one arrived that has been unfinished for longest."""


class Batches(Model):
    """That are not finished; counted to 10,000."""

    unfinished: int
    oldest: datetime | None
    faults: int
    """Runs of theirs that failed though nothing was down."""


class LastHour(Model):
    """Of the batches that ended in it; counted to 10,000 batches."""

    batches: int
    documents: int
    rejected: int
    faults: int
    failed_runs: int | None
    """None where Dagster's tables cannot be read."""


class Task(Model):
    """What a worker is doing."""

    name: str
    run: str | None
    batch: str | None
    since: datetime | None


class Worker(Model):
    name: str
    host: str
    queues: tuple[str, ...]
    tasks: tuple[Task, ...]


class Tick(Model):
    """The last one of a sensor or schedule."""

    name: str
    kind: str
    status: str
    at: datetime
    failure: str | None


class Work(Model):
    services: dict[str, bool]
    """Whether each answers."""
    documents: Documents | None
    """None, as what follows, where Postgres or Redis does not answer."""
    batches: Batches | None
    last_hour: LastHour | None
    webhooks_due: int | None
    """Deliveries still to be made."""
    queues: dict[str, int] | None
    """Runs that wait for a worker."""
    workers: tuple[Worker, ...] | None
    """Those that answered within a second or so."""
    ticks: tuple[Tick, ...] | None

    @property
    def problems(self) -> list[str]:
        """What somebody should look into, in sentences; empty where everything is there to get the work done."""
        found = [f"{name} does not answer." for name, answers in self.services.items() if not answers]
        served = {queue for worker in self.workers or () for queue in worker.queues}
        if self.workers is not None and not self.workers:
            found.append("No worker answers.")
        elif self.workers is not None:
            unserved = [queue for queue, count in (self.queues or {}).items() if count and queue not in served]
            found += [f"No worker serves the queue {queue}, in which runs wait." for queue in unserved]
        found += [
            f"The last tick of the {tick.kind} {tick.name} failed: {tick.failure}"
            for tick in self.ticks or ()
            if tick.status == "FAILURE"
        ]
        return found
