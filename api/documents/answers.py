"""Answers to a file that was sent: its outcome, the problem with it, or where the outcome will be."""

from fastapi import Response
from fastapi.responses import JSONResponse

from api.backends import Backends
from api.documents.lookup import new_outcome_json, outcome_json
from api.problems import answer
from api.schemas import PendingDocument
from api.submission.idempotency import REPLAYED
from api.submission.single_files import Submission
from api.submission.waiting import Wait
from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.documents.outcome import Outcome
from ocr_pipeline.errors import PipelineError, describe

REUSED = "OCR-Reused"
"""Header of an answer from what was known of the file already; its value is `true`."""


async def answer_submission(backends: Backends, tenant: str, submission: Submission, wait: Wait) -> Response:
    """Waits for the outcome as long as asked; 200, the 4xx of what is wrong with the file, or 202."""
    is_known = submission.is_reused or submission.is_repeated
    look = outcome_json if is_known else new_outcome_json
    seconds = 0 if submission.is_delayed else wait.seconds
    stored = await look(backends, tenant, submission.document_id, seconds)
    outcome = Outcome.model_validate_json(stored)
    location = {"Location": f"/documents/{outcome.id}"}
    headers = {
        **wait.headers,
        **({REUSED: "true"} if submission.is_reused else {}),
        **({REPLAYED: "true"} if submission.is_repeated else {}),
    }
    if outcome.error is not None:
        return _refused(outcome, outcome.error, location | headers)
    if outcome.state.is_final:
        if submission.is_reused:
            stored = outcome.model_copy(update={"reused": True}).model_dump_json().encode()
        return Response(stored, media_type="application/json", headers=headers)
    pending = PendingDocument(
        id=outcome.id,
        batch=submission.batch,
        state=outcome.state,
        location=location["Location"],
        reused=submission.is_reused,
    )
    return JSONResponse(pending.model_dump(mode="json"), 202, location | headers)


def _refused(outcome: Outcome, error: Rejection, headers: dict[str, str]) -> Response:
    """The document is rejected: the problem with the file, as if the request itself had been refused for it."""
    response = answer(_RefusedError(error), document_id=outcome.id)
    response.headers.update(headers)
    return response


class _RefusedError(PipelineError):
    """What is wrong with a file, in the words that were found when it was rejected."""

    def __init__(self, error: Rejection) -> None:
        Exception.__init__(self, error.message)
        self.code = error.code
        self.problem = describe(error.code)
        self.message = error.message
        self.advice = error.advice
