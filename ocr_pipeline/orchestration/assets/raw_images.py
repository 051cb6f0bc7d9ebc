"""Files from the inbox: known by their content, checked, and kept."""

import hashlib
import time

from dagster import AssetExecutionContext, MaterializeResult

from ocr_pipeline.attempt import DocumentRejected
from ocr_pipeline.documents.model import RawDocument, Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.orchestration.assets._common import stage_asset
from ocr_pipeline.orchestration.batch import CANCELLED, BatchReport, attempt
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.orchestration.telling import charge_pages, tell_progress
from ocr_pipeline.orchestration.wanted import NoLongerWanted, require_wanted
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.ledger_rows import LedgerDocument
from ocr_pipeline.storage.stage_outputs import StageOutput

_MOST_PAGES = 40
"""Of a document that somebody waits for: they take about as long as a request waits. For more, nobody waits behind."""


@stage_asset("raw_images", kinds={"s3"})
def raw_images(context: AssetExecutionContext, services: Services) -> MaterializeResult[None]:
    """The batch's files. A file that is no document we read is refused here, with a code and advice.

    Of a batch that somebody waits for, long documents go on in a batch of their own, in the other lane.
    """
    started = time.perf_counter()
    report = BatchReport()
    documents = services.ledger.start_batch(context.partition_key)
    long = []
    tell_progress(services, context.partition_key, "raw_images", 0, len(documents))
    for document in documents:
        try:
            refusal, reused, pages = _take_in(document, services)
        except NoLongerWanted:
            refusal, reused, pages = CANCELLED, False, 0
        if pages > _MOST_PAGES:
            long.append(document.id)
        report.add(document.file, refusal, reused=reused)
    if long and (apart := services.ledger.set_apart(context.partition_key, long)):
        context.log.info(f"{len(long)} long documents go on in the batch {apart}")
    tell_progress(services, context.partition_key, "raw_images", len(documents), len(documents))
    report.seconds = time.perf_counter() - started
    return MaterializeResult(metadata=report.metadata)


def _take_in(document: LedgerDocument, services: Services) -> tuple[Rejection | None, bool, int]:
    """Why the file is refused, if it is; whether what is known of it was known before; how many pages are wanted.

    Raises NoLongerWanted.
    """
    data = _bytes_of(document, services)
    if data is None:
        refusal = _unread(document, services.settings)
        services.ledger.note_intake(document.id, None, refusal)
        return refusal, False, 0
    seen = document._replace(sha256=hashlib.sha256(data).hexdigest())
    output, reused = _output(seen, data, services)
    if isinstance(output.result, Rejection):
        services.ledger.note_intake(document.id, seen.sha256, output.result)
        return output.result, reused, 0
    pages = output.result.page_count
    services.ledger.note_intake(document.id, seen.sha256, None, pages)
    require_wanted(services, seen)
    wanted = sum(document.options.wants_page(number) for number in range(1, pages + 1))
    if document.pages is None:
        charge_pages(services, document, wanted)
    return None, reused, wanted


def _bytes_of(document: LedgerDocument, services: Services) -> bytes | None:
    """The file as it arrived, or as it was kept when it was first read; None where it is too large or gone."""
    if document.size > services.settings.max_file_bytes:
        return None
    data = services.store.get(document.object_key, document.etag)
    if data is None and document.sha256:
        data = services.originals.find(document.sha256)
    return data


def _unread(document: LedgerDocument, settings: Settings) -> Rejection:
    if document.size > settings.max_file_bytes:
        return Rejection.of(
            ErrorCode.FILE_TOO_LARGE, what="The file", size=document.size, limit=settings.max_file_bytes
        )
    return Rejection.of(ErrorCode.FILE_MISSING, key=document.object_key)


def _output(document: LedgerDocument, data: bytes, services: Services) -> tuple[StageOutput[RawDocument], bool]:
    """The stage's output for the file, and whether it was there already.

    A refusal depends on the file's name too, so it is the document's, and not kept under the content.
    """
    from ocr_pipeline.pipeline import read_file

    outputs = services.outputs("raw_images", RawDocument)
    known = outputs.load(document)
    if known is not None:
        return known, True
    seconds: dict[str, float] = {}
    try:
        with attempt(services, document, "raw_images", seconds):
            raw = read_file(data, document.file, services.settings)
    except DocumentRejected as rejected:
        return StageOutput[RawDocument](result=rejected.rejection, seconds=seconds), False
    services.originals.save(raw.sha256, data, raw.media_type)
    output = StageOutput[RawDocument](result=raw, seconds=seconds)
    outputs.save(document, output)
    return output, False
