"""Files from the inbox: known by their content, checked, and kept."""

import hashlib

from dagster import AssetExecutionContext, MaterializeResult

from ocr_pipeline.attempt import DocumentRejected, stage
from ocr_pipeline.documents.model import RawDocument, Rejection
from ocr_pipeline.orchestration.assets._common import stage_asset
from ocr_pipeline.orchestration.batch import BatchReport, unread
from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.storage.ledger import LedgerDocument
from ocr_pipeline.storage.stage_outputs import StageOutput

ORIGINAL = "original"
"""Name of the file's own bytes beside its output."""


@stage_asset("raw_images", kinds={"s3"})
def raw_images(context: AssetExecutionContext, services: Services) -> MaterializeResult[None]:
    """The batch's files. A file that is no document we read is rejected here, with a code and advice."""
    report, hashes = BatchReport(), {}
    for document in services.ledger.start_batch(context.partition_key):
        data = None
        if document.size <= services.settings.max_file_bytes:
            data = services.store.get(document.object_key)
        if data is None:
            report.add(document.file, unread(document, services.settings), reused=False)
            continue
        hashes[document.id] = hashlib.sha256(data).hexdigest()
        output, reused = _taken_in(document, data, hashes[document.id], services)
        report.add(document.file, output.result, reused=reused, seconds=output.seconds.get("raw_images", 0.0))
    services.ledger.set_sha256(hashes)
    return MaterializeResult(metadata=report.metadata)


def _taken_in(
    document: LedgerDocument, data: bytes, sha256: str, services: Services
) -> tuple[StageOutput[RawDocument], bool]:
    """The stage's output for the file, and whether it was there already."""
    from ocr_pipeline.pipeline import read_file

    outputs = services.outputs("raw_images", RawDocument)
    known = outputs.load(sha256)
    # The wording of a rejection depends on the file's name too, and is quickly found again.
    if known is not None and not isinstance(known.result, Rejection):
        return known, True
    seconds: dict[str, float] = {}
    result: RawDocument | Rejection
    try:
        with stage("raw_images", seconds):
            result = read_file(data, document.file, services.settings)
    except DocumentRejected as rejected:
        result = rejected.rejection
    else:
        outputs.save_file(sha256, ORIGINAL, data, result.media_type)
    output = StageOutput[RawDocument](result=result, seconds=seconds)
    outputs.save(sha256, output)
    return output, False
