"""A document's whole story, as the command line shows it and `--json` prints it."""

from datetime import datetime

from pydantic import Field

from ocr_pipeline.documents.model import Model, State


class Arrival(Model):
    file: str
    """The name its sender gave it."""
    key: str
    """Where it lies, or lay, in the bucket."""
    bytes: int
    at: datetime
    tenant: str
    sender: str | None
    """The subject of its token; None for the inbox."""
    request: str | None
    options: dict[str, str]
    """What its sender asked for; empty where nothing."""
    is_in_bucket: bool | None
    """As it arrived; None where S3 did not answer."""


class Batch(Model):
    key: str
    lane: str
    closed_at: datetime
    finished_at: datetime | None
    looked_after_at: datetime | None
    """When somebody last saw to it that it has a run."""
    faults: int
    """Runs that failed though nothing was down."""
    documents: dict[str, int]
    """By state."""
    is_retired: bool
    """Whether Dagster forgot its partition: then its runs may be gone too."""
    is_cleared: bool
    """Whether what the stages made of it was removed."""


class Run(Model):
    id: str
    status: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    queue: str | None
    worker: str | None
    backfill: str | None
    trace: str | None
    failure: str | None
    link: str | None
    """Its page in Dagster's UI."""

    @property
    def seconds(self) -> float | None:
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


class Stage(Model):
    name: str
    seconds: float | None
    """That it took for this document; None where it has not, or is not known to have."""
    version: str | None
    """Of what was made; None where nothing was."""
    present_version: str
    """Of what a run would make now."""
    output: str | None
    """Where it lies in the bucket; None where nothing is there."""
    is_output_there: bool | None
    """None where S3 did not answer."""
    unended_beginnings: int
    """How often work began with it that never came to an end, there or in a later stage: it took its worker along."""

    @property
    def is_present(self) -> bool:
        return self.version == self.present_version


class Reason(Model):
    code: str
    message: str
    field: str | None = None


class Ending(Model):
    """Verdict or rejection."""

    at: datetime
    kind: str | None
    confidence: float | None
    fields: dict[str, str]
    reasons: tuple[Reason, ...]
    """Why it is to be reviewed, or was rejected."""
    advice: str | None
    """Of a rejection."""
    is_retryable: bool
    """Whether another attempt may end better."""
    duplicate_of: str | None


class Telling(Model):
    """A webhook's delivery."""

    id: str
    event: str
    url: str
    state: str
    attempts: int
    last: str | None
    """What came of the last attempt."""
    next_at: datetime | None


class Story(Model):
    id: str
    state: State
    arrival: Arrival
    sha256: str | None
    pages: int | None
    original: str | None
    """Where the file is kept in the bucket, as it was read; None where it was not read, or is gone."""
    batch: Batch | None
    runs: tuple[Run, ...] = Field(description="The oldest first.")
    are_runs_known: bool
    """False where Dagster's tables could not be read."""
    stages: tuple[Stage, ...]
    ending: Ending | None
    """None while it is not final, and of what is erased."""
    erased_at: datetime | None
    duplicates: tuple[str, ...]
    """Ids of those that say the same and came later."""
    deliveries: tuple[Telling, ...]
    next: str | None
    """What happens next by itself, in a sentence; None where nothing does."""
