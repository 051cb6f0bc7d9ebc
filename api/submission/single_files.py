"""The way of an uploaded file into the pipeline: content hash, what is known of it, bucket, ledger, run."""

from functools import lru_cache
from typing import NamedTuple

from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.backends import Backends
from api.submission.uploads import store_file
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.idempotency import Claim
from ocr_pipeline.storage.ledger_rows import Sender
from ocr_pipeline.storage.submissions import Entered, Reuse
from ocr_pipeline.versions import stage_versions


class Submission(NamedTuple):
    document_id: str
    batch: str | None = None
    """None while the document waits for one, and where it was there before."""
    is_reused: bool = False
    """Whether another request has sent the same file before."""
    is_repeated: bool = False
    """Whether the same request was sent before."""
    is_delayed: bool = False
    """Whether nothing takes runs right now, so that waiting is of no use."""


async def submit(
    backends: Backends, file: UploadFile, sha256: str, sender: Sender, held: Claim | None, *, reuse: bool
) -> Submission:
    """Enters the file, which has this content hash, and has its run launched; or finds the same file entered before.

    Settles the claim. Once this returns, the document cannot get lost.
    """
    entered = await run_in_threadpool(_enter, backends, file, sha256, sender, held, reuse=reuse)
    is_launched = True
    if entered.batch is not None:
        requests = {} if sender.request_id is None else {sender.request_id: entered.document_id}
        is_launched = await backends.dispatcher.launch(entered.batch, requests)
    elif entered.is_new:
        backends.dispatcher.wake()
    return Submission(entered.document_id, entered.batch, is_reused=not entered.is_new, is_delayed=not is_launched)


def _enter(
    backends: Backends, file: UploadFile, sha256: str, sender: Sender, held: Claim | None, *, reuse: bool
) -> Entered:
    settings, submissions = backends.settings, backends.submissions
    terms = Reuse(_versions(sender.options.applied_to(settings)), settings.result_seconds) if reuse else None
    if terms is not None:
        known = submissions.find(sender, sha256, terms, held)
        if known is not None:
            return Entered(known, is_new=False, batch=None)
    arrival = store_file(backends.store, file, sha256)
    entered = submissions.enter(arrival, sender, terms, held)
    if not entered.is_new:
        # Somebody else was faster; nothing knows of this copy.
        backends.store.delete([arrival.object_key])
    return entered


@lru_cache(maxsize=8)
def _versions(settings: Settings) -> dict[str, str]:
    """Read once: each library's release is a file to parse."""
    return dict(stage_versions(settings).items())
