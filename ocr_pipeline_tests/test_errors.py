from string import Formatter

import pytest

from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode, PipelineError, describe


def details(code: ErrorCode) -> dict[str, str]:
    """Something for every placeholder."""
    problem = describe(code)
    return {name: f"<{name}>" for _, name, _, _ in Formatter().parse(problem.message + problem.advice) if name}


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_says_what_happened_and_what_to_do(code: ErrorCode) -> None:
    problem = describe(code)
    for sentence in (problem.message, problem.advice):
        assert sentence[0].isupper() or sentence[0] == "{"
        assert sentence.endswith(".")
        assert not sentence.endswith("..")
    assert 400 <= problem.status < 600


@pytest.mark.parametrize("code", ErrorCode)
def test_every_placeholder_is_filled(code: ErrorCode) -> None:
    filled = details(code)
    error, rejection = PipelineError(code, **filled), Rejection.of(code, **filled)
    assert (rejection.code, rejection.message, rejection.advice) == (code, error.message, error.advice)
    assert str(error) == f"{error.message} {error.advice}"
    assert "{" not in str(error)
    assert all(value in str(error) for value in filled.values())


def test_no_two_codes_share_a_sentence() -> None:
    problems = [describe(code) for code in ErrorCode]
    assert len({problem.message for problem in problems}) == len(problems)
    assert len({problem.advice for problem in problems}) == len(problems)


def test_what_passes_by_itself_may_be_tried_again() -> None:
    again = {code for code in ErrorCode if describe(code).retryable}
    assert {ErrorCode.RATE_LIMITED, ErrorCode.SERVICE_UNAVAILABLE, ErrorCode.PROCESSING_FAILED} <= again
    assert not again & {ErrorCode.EMPTY_FILE, ErrorCode.CORRUPT_FILE, ErrorCode.INVALID_REQUEST}
