"""What a file is, told by its content."""

from pathlib import PurePath

import filetype  # type: ignore[import-untyped]

PDF, JPEG, PNG, TIFF, WEBP = "application/pdf", "image/jpeg", "image/png", "image/tiff", "image/webp"

_SIGNATURES = {
    b"\xff\xd8\xff": JPEG,
    b"\x89PNG\r\n\x1a\n": PNG,
    b"II*\x00": TIFF,
    b"MM\x00*": TIFF,
    b"II+\x00\x08\x00\x00\x00": TIFF,
    b"MM\x00+\x00\x08\x00\x00": TIFF,
    b"%PDF-": PDF,
}
_EXTENSIONS = frozenset({".pdf", ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp"})
PDF_PREAMBLE = 1024
"""Bytes of junk that may stand before ``%PDF-`` (Adobe's implementation note, and what mail gateways do)."""


def media_type(data: bytes) -> str | None:
    """The media type of a document we read, or None."""
    for signature, found in _SIGNATURES.items():
        if data.startswith(signature):
            return found
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if b"%PDF-" in data[:PDF_PREAMBLE]:
        return PDF
    return None


def readable_extension(name: str) -> str | None:
    """The extension of `name` in lower case (``.jpg``), where it is that of a document we read, else None."""
    extension = PurePath(name).suffix.lower()
    return extension if extension in _EXTENSIONS else None


def is_cut_signature(data: bytes) -> bool:
    """Whether `data` ends within the first bytes by which a document that we read is known."""
    is_cut_riff = len(data) < 12 and (b"RIFF".startswith(data[:4]) and b"WEBP".startswith(data[8:]))
    return is_cut_riff or any(len(data) < len(start) and start.startswith(data) for start in _SIGNATURES)


def describe_content(data: bytes) -> str:
    """A media type, or a few words, for content that we do not read."""
    kind = filetype.guess(data[:8192])
    if kind is not None:
        return str(kind.mime)
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "text/html"
    if head.startswith(b"<svg") or (head.startswith(b"<?xml") and b"<svg" in head):
        return "image/svg+xml"
    if head.startswith(b"<?xml"):
        return "text/xml"
    # Control characters other than white space do not occur in text of any encoding that puts ASCII on one byte.
    if not any(byte < 9 or 13 < byte < 27 for byte in head):
        return "text/plain"
    return "of an unknown type"
