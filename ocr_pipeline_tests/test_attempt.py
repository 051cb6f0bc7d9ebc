import logging
import time

import pytest

from ocr_pipeline.attempt import DocumentRejected, stage
from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode, PipelineError


def rejection_after(error: Exception) -> Rejection:
    with pytest.raises(DocumentRejected) as caught, stage("ocr_text", {}):
        raise error
    return caught.value.rejection


def fail_slowly() -> None:
    time.sleep(0.02)
    raise PipelineError(ErrorCode.EMPTY_FILE)


def test_times_add_up_also_when_it_goes_wrong() -> None:
    seconds: dict[str, float] = {"raw_images": 5.0}
    with stage("raw_images", seconds):
        time.sleep(0.02)
    with pytest.raises(DocumentRejected), stage("ocr_text", seconds):
        fail_slowly()
    assert 5.02 <= seconds["raw_images"] < 5.5
    assert 0.02 <= seconds["ocr_text"] < 0.5


def test_a_known_failure_keeps_its_words() -> None:
    rejection = rejection_after(PipelineError(ErrorCode.CORRUPT_FILE, detail="page 2: no end"))
    assert (rejection.code, rejection.retryable) == (ErrorCode.CORRUPT_FILE, False)
    assert rejection.message == "The file could not be decoded: page 2: no end."
    assert rejection.advice.startswith("Open it in a viewer")


@pytest.mark.parametrize("error", [ZeroDivisionError("secret 4711"), MemoryError()])
def test_an_unknown_failure_names_stage_and_kind_and_the_log_has_the_rest(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        rejection = rejection_after(error)
    assert (rejection.code, rejection.retryable) == (ErrorCode.PROCESSING_FAILED, True)
    assert rejection.message == f"Processing stopped in stage ocr_text: {type(error).__name__}."
    assert "Stage ocr_text failed" in caplog.text
    assert str(error) in caplog.text


def test_a_verdict_passes_through_stages_unchanged() -> None:
    rejection = Rejection.of(ErrorCode.ENCRYPTED_PDF)
    assert rejection_after(DocumentRejected(rejection)) is rejection


def test_what_is_not_the_documents_fault_passes() -> None:
    error = ConnectionError("the bucket is away")
    with pytest.raises(ConnectionError) as caught, stage("ocr_text", {}, let_through=(ConnectionError,)):
        raise error
    assert caught.value is error
    with pytest.raises(KeyboardInterrupt), stage("ocr_text", {}):
        raise KeyboardInterrupt
