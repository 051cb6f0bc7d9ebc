"""The way in: bytes become a document, or a rejection that says why not."""

import hashlib

from ocr_pipeline.documents import sniff
from ocr_pipeline.documents.image_headers import jpeg_size, png_size, webp_size
from ocr_pipeline.documents.limits import Limits, Refused
from ocr_pipeline.documents.model import RawDocument, Rejection
from ocr_pipeline.documents.pdf_check import checked_page_count
from ocr_pipeline.documents.tiff_header import tiff_sizes
from ocr_pipeline.errors import ErrorCode

__all__ = ["Limits", "read_raw"]

_READERS = {sniff.JPEG: jpeg_size, sniff.PNG: png_size, sniff.WEBP: webp_size}


def read_raw(data: bytes, name: str, limits: Limits) -> RawDocument | Rejection:
    """Looks at a file's headers and structure, without decoding a picture or rendering a page.

    `name` is the file's name as it was sent. Its extension decides nothing but the words of a rejection: what a file
    is, its content tells. Nothing is raised, whatever the bytes are.
    """
    try:
        media_type = _checked_type(data, name, limits)
        page_count = _checked_pages(data, media_type, limits)
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


def _checked_pages(data: bytes, media_type: str, limits: Limits) -> int:
    """The number of pages, each of which is within the limits."""
    if media_type == sniff.PDF:
        return checked_page_count(data, limits)
    sizes = tiff_sizes(data, limits.max_pages) if media_type == sniff.TIFF else [_READERS[media_type](data)]
    limits.check_pages(len(sizes))
    for number, size in enumerate(sizes, start=1):
        limits.check_page(number, size, len(data))
    return len(sizes)
