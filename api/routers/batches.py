"""Many documents at once."""

from collections import Counter

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import examples
from api.auth import Reader, Writer
from api.backends import FromApp
from api.launcher import BATCH
from api.problems import documented
from api.schemas import BatchDocument, BatchProgress, Key, SubmittedBatch, SubmittedDocument
from api.submission import submit
from api.uploads import form_schema, received_files
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.ledger import Sender
from ocr_pipeline.tokens import READ, WRITE

router = APIRouter(tags=["batches"])


@router.post(
    "/batch",
    summary="Read many documents",
    description=examples.READ_BATCH,
    status_code=202,
    responses={
        202: {
            "description": "All documents are entered, as one batch.",
            "headers": examples.LOCATION,
            "content": {"application/json": {"example": examples.SUBMITTED}},
        },
        **documented(*examples.always(WRITE), *examples.UPLOAD),
    },
    openapi_extra=form_schema(
        "files",
        {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1},
        "JPEG, PNG, TIFF, WebP or PDF. The field `file` is taken as well.",
    ),
)
async def read_batch(request: Request, response: Response, caller: Writer, backends: FromApp) -> SubmittedBatch:
    settings = backends.settings
    async with received_files(request, ("files", "file"), settings.max_files, settings.max_file_bytes) as files:
        submission = await submit(backends, files, Sender(caller.tenant, caller.subject), BATCH)
    location = f"/batches/{submission.batch}"
    response.headers["Location"] = location
    documents = [
        SubmittedDocument(id=id_, file=file) for id_, file in zip(submission.ids, submission.files, strict=True)
    ]
    return SubmittedBatch(batch=submission.batch, documents=documents, location=location)


@router.get(
    "/batches/{batch}",
    summary="Follow a batch",
    description="Batches that were closed over the S3 inbox can be followed as well.",
    responses={
        200: {"content": {"application/json": {"example": examples.PROGRESS}}},
        **documented(*examples.always(READ), *examples.lookup("batch", examples.BATCH)),
    },
)
async def get_batch(batch: Key, caller: Reader, backends: FromApp) -> BatchProgress:
    status = await run_in_threadpool(backends.ledger.batch, batch)
    if status is None:
        raise PipelineError(ErrorCode.NOT_FOUND, kind="batch", id=batch)
    return BatchProgress(
        batch=status.key,
        closed_at=status.closed_at,
        done=all(document.state.is_final for document in status.documents),
        counts=Counter(document.state for document in status.documents),
        documents=[
            BatchDocument(id=document.id, file=document.file, state=document.state) for document in status.documents
        ],
    )
