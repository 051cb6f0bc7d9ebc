"""Why a run failed: by what is outside of us and will pass, or by a fault of the program or of a document."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dagster import DagsterEvent, Failure
from dagster_shared.error import SerializableErrorInfo
from redis import RedisError
from sqlalchemy.exc import DataError, IntegrityError, NotSupportedError, ProgrammingError

from ocr_pipeline.errors import PipelineError
from ocr_pipeline.orchestration.resources import SERVICE_FAILURES

_OURS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
"""Of what the database says, these are about what was asked of it."""
_OUTSIDE = (
    *SERVICE_FAILURES,
    OSError,  # networks, disks, time that ran out
    RedisError,
    PipelineError,  # of the installation: those of documents never leave their stage
    ImportError,  # another release is being installed
    Failure,  # a run that was ended on purpose, or that must not begin there
)
_BY_NAME = {
    "TimeoutError",  # SQLAlchemy's: no connection was free
    "UndefinedTable",  # a migration is under way
    "UndefinedColumn",
    "DagsterExecutionInterruptedError",
    "KeyboardInterrupt",
    "SystemExit",
}
_MADE_AT_RUN_TIME = "botocore.errorfactory."
"""The module of S3's own failures."""
_LONGEST = 300


def fault_of(failures: Sequence[DagsterEvent]) -> str | None:
    """One sentence on what went wrong in a run's steps, or None where it is not our fault and no document's.

    A run that failed while no step did was lost: its worker died, or was cut off.
    """
    errors = [error for event in failures if (error := getattr(event.event_specific_data, "error", None)) is not None]
    outside = _outside()
    if not errors or any(_is_outside(one, outside) for error in errors for one in _causes(error)):
        return None
    *_, first = _causes(errors[0])
    return " ".join(first.message.strip().partition("\n")[0].split())[:_LONGEST]


def _causes(error: SerializableErrorInfo) -> Iterator[SerializableErrorInfo]:
    """The failure itself, and what it was raised from, down to what happened first."""
    cause: SerializableErrorInfo | None = error
    while cause is not None:
        yield cause
        cause = cause.cause


def _is_outside(error: SerializableErrorInfo, names: set[str]) -> bool:
    """Dagster keeps the name of an exception's class, and begins the message with its module."""
    return error.cls_name in names or error.message.startswith(_MADE_AT_RUN_TIME)


def _outside() -> set[str]:
    """Anew each time: modules that are loaded later may define more."""
    return (set(_names(_OUTSIDE)) - set(_names(_OURS))) | _BY_NAME


def _names(classes: Iterable[type[Any]]) -> Iterator[str]:
    for one in classes:
        yield one.__name__
        yield from _names(one.__subclasses__())
