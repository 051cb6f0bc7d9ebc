"""Which failures are ours, or a document's, by what Dagster keeps of them."""

from collections.abc import Iterator

import psycopg2
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from dagster import DagsterInstance, Failure
from redis.exceptions import BusyLoadingError
from sqlalchemy.exc import DataError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionIsFree

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.orchestration.draining import Draining
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.sensors.faults import fault_of
from ocr_pipeline.structuring.language_model.model import LanguageModelUnavailable
from ocr_pipeline_tests.orchestration.sensors.failing_runs import fail

MISSING_TABLE = psycopg2.errors.lookup("42P01")("relation does not exist")
OUT_OF_RANGE = psycopg2.errors.lookup("22003")("numeric field overflow\nCONTEXT: a secret")


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as instance:
        yield instance


def fault(instance: DagsterInstance, error: BaseException, cause: Exception | None = None) -> str | None:
    return fault_of([event for event in fail(instance, "b", error, cause).all_events if event.is_step_failure])


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (EndpointConnectionError(endpoint_url="http://s3"), None),
        (ClientError({"Error": {"Code": "SlowDown"}}, "PutObject"), None),
        (OperationalError("SELECT 1", {}, Exception("gone")), None),
        (NoConnectionIsFree(), None),
        (ProgrammingError("SELECT 1", {}, MISSING_TABLE), MISSING_TABLE),
        (LanguageModelUnavailable(ErrorCode.LANGUAGE_MODEL_UNREACHABLE, url="http://model", detail="no answer"), None),
        (PipelineError(ErrorCode.INVALID_SETTING, name="OCR_X", detail="it is not set"), None),
        (BusyLoadingError(), None),
        (ConnectionResetError(), None),
        (OSError(28, "No space left on device"), None),
        (ModuleNotFoundError("half of a release"), None),
        (Failure("An earlier stage has no output"), None),
        (Draining(), None),
        (ValueError("while a service was down"), ConnectionRefusedError()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_outside_is_no_fault(instance: DagsterInstance, error: BaseException, cause: Exception | None) -> None:
    assert fault(instance, error, cause) is None


def test_what_s3_itself_calls_a_failure_is_none_of_ours(instance: DagsterInstance, resource: Services) -> None:
    with pytest.raises(ClientError) as raised:
        resource.store._client.list_objects_v2(Bucket="no-such-bucket")

    assert type(raised.value).__module__ == "botocore.errorfactory"
    assert fault(instance, raised.value) is None


@pytest.mark.parametrize(
    ("error", "cause", "said"),
    [
        (ValueError("no such month\n  in line 7"), None, "ValueError: no such month"),
        (RuntimeError("tables"), KeyError("total"), "KeyError: 'total'"),
        (
            DataError("INSERT", {"total": 1}, OUT_OF_RANGE),
            OUT_OF_RANGE,
            "NumericValueOutOfRange: numeric field overflow",
        ),
        (MemoryError(), None, "MemoryError"),
        (AssertionError("x" * 10_000), None, "AssertionError: xxx"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_anything_else_is_and_is_said_in_one_line(
    instance: DagsterInstance, error: BaseException, cause: Exception | None, said: str
) -> None:
    sentence = fault(instance, error, cause)

    assert sentence is not None
    assert said in sentence
    assert "\n" not in sentence
    assert "secret" not in sentence
    assert len(sentence) <= 300


def test_a_run_that_was_lost_has_no_step_that_failed() -> None:
    assert fault_of([]) is None
