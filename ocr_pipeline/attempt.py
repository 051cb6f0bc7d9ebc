"""Work on one document, so that whatever goes wrong with it stays with it."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.versions import Stage

_log = logging.getLogger(__name__)


class DocumentRejected(Exception):  # noqa: N818 - a verdict on the document, not a fault of the program
    """Ends the work on one document, and on no other."""

    def __init__(self, rejection: Rejection) -> None:
        self.rejection = rejection
        super().__init__(rejection.message)


@contextmanager
def stage(name: Stage, seconds: dict[str, float], let_through: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Adds the time of the work to `seconds` and turns whatever goes wrong into DocumentRejected.

    Failures of kinds in `let_through` are not the document's fault (a service that is down) and pass unchanged.
    """
    started = time.perf_counter()
    try:
        yield
    except DocumentRejected:
        raise
    except let_through:
        raise
    except PipelineError as error:
        rejection = Rejection(
            code=error.code, message=error.message, advice=error.advice, retryable=error.problem.retryable
        )
        raise DocumentRejected(rejection) from error
    except Exception as error:
        _log.exception("Stage %s failed", name)
        rejection = Rejection.of(ErrorCode.PROCESSING_FAILED, stage=name, detail=type(error).__name__)
        raise DocumentRejected(rejection) from error
    finally:
        seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - started
