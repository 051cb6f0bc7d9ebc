"""The way in: bytes become a document, or a rejection that says why not."""

import hashlib

from ocr_pipeline.documents import sniff
from ocr_pipeline.documents.limits import Limits, Refused
from ocr_pipeline.documents.model import RawDocument, Rejection
from ocr_pipeline.documents.pdf_check import checked_page_count
from ocr_pipeline.documents.picture_check import checked_frame_count
from ocr_pipeline.documents.polyglot import check_polyglot
from ocr_pipeline.errors import ErrorCode

__all__ = ["Limits", "read_raw"]


def read_raw(data: bytes, name: str, limits: Limits) -> RawDocument | Rejection:
    """Looks at a file's headers and structure. A picture whose size is within the limits is then decoded once.

    `name` is the file's name as it was sent. Its extension decides nothing but the words of a rejection: what a file
    is, its content tells. Nothing is raised, whatever the bytes are.
    """
    try:
        media_type = _checked_type(data, name, limits)
        check_polyglot(data, media_type)
        if media_type == sniff.PDF:
            page_count = checked_page_count(data, limits)
        else:
            page_count = checked_frame_count(data, media_type, limits)
    except Refused as refused:
        return refused.rejection
    return RawDocument(
        sha256=hashlib.sha256(data).hexdigest(), media_type=media_type, size=len(data), page_count=page_count
    )


def _checked_type(data: bytes, name: str, limits: Limits) -> str:
    if not data:
        raise Refused(ErrorCode.EMPTY_FILE)
    limits.check_bytes(len(data))
    media_type = sniff.media_type(data)
    if media_type is not None:
        return media_type
    extension = sniff.readable_extension(name)
    if extension is not None and sniff.is_cut_signature(data):
        raise Refused(ErrorCode.TRUNCATED_FILE)
    found = sniff.describe_content(data)
    if extension is not None:
        raise Refused(ErrorCode.TYPE_MISMATCH, extension=extension, found=found)
    raise Refused(ErrorCode.UNSUPPORTED_TYPE, found=found)
