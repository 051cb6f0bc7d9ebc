"""Whether a file is two things at once: a document to us, and something else to whoever opens it next.

Honest files carry other formats too, and pass: the further pictures and the film behind a phone's photo, thumbnails,
attachments of a PDF, a few bytes of junk around it. What is refused is what another program would open as its own:
a PDF has its header within the first 1024 bytes, a ZIP ends with its directory, a browser runs a script.
"""

import re
import struct

from ocr_pipeline.documents import sniff
from ocr_pipeline.documents.limits import Refused
from ocr_pipeline.errors import ErrorCode

_NAMES = {sniff.PDF: "a PDF", sniff.JPEG: "a JPEG", sniff.PNG: "a PNG", sniff.TIFF: "a TIFF", sniff.WEBP: "a WebP"}

_PDF_HEADER = re.compile(rb"%PDF-\d\.\d")
_PDF_END = re.compile(rb"startxref\s+\d+\s+%%EOF")
_SCRIPT = re.compile(rb"<[sS][cC][rR][iI][pP][tT][\s>]")
_MARKUP = re.compile(rb"\s*<(?:!doctype html|html|head|body|script|svg|\?php)\b", re.IGNORECASE)
_OTHER_STARTS = {
    b"GIF87a": "a GIF",
    b"GIF89a": "a GIF",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"#!": "a program",
    b"\xca\xfe\xba\xbe": "a program",
    b"PK\x03\x04": "a ZIP archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"RIFF": "a sound or film",
}

_ZIP_END, _ZIP_ENTRY, _ZIP64_LOCATOR = b"PK\x05\x06", b"PK\x01\x02", b"PK\x06\x07"
_ZIP_END_FORM = struct.Struct("<4s4H2IH")
_ZIP64_LOCATOR_BYTES = 20
_LONGEST_ZIP_COMMENT = 0xFFFF


def check_polyglot(data: bytes, media_type: str) -> None:
    """Raises Refused(POLYGLOT_FILE). `media_type` is what `sniff` found."""
    second = _other_start(data) if media_type == sniff.PDF else _hidden_in_picture(data, media_type)
    if second is None and _ends_in_zip(data):
        second = "a ZIP archive"
    if second is not None:
        raise Refused(ErrorCode.POLYGLOT_FILE, first=_NAMES[media_type], second=second)


def _other_start(data: bytes) -> str | None:
    """What stands before the header of a PDF, where that is no mere junk."""
    before = data[: data.index(b"%PDF-")]
    for start, name in _OTHER_STARTS.items():
        # Two letters may also begin a word; a program's header has zeros.
        if before.startswith(start) and (start != b"MZ" or b"\x00" in before):
            return name
    return "a web page" if _MARKUP.match(before.removeprefix(b"\xef\xbb\xbf")) or _SCRIPT.search(before) else None


def _hidden_in_picture(data: bytes, media_type: str) -> str | None:
    if _PDF_HEADER.search(data, 0, sniff.PDF_PREAMBLE):
        return "a PDF"
    # Layers of a TIFF may be whole files of any kind, and no browser takes a TIFF for a page.
    if media_type == sniff.TIFF:
        return None
    header = _PDF_HEADER.search(data)
    if header and _PDF_END.search(data, header.end()):
        return "a PDF"
    return "a web page" if _SCRIPT.search(data) else None


def _ends_in_zip(data: bytes) -> bool:
    """Whether the file ends in a ZIP with at least one member.

    These few letters may turn up in any picture, so the ZIP's last record has to reach exactly to the end of the file,
    and its directory has to be where the record says.
    """
    earliest = max(0, len(data) - _ZIP_END_FORM.size - _LONGEST_ZIP_COMMENT)
    at = data.rfind(_ZIP_END, earliest)
    while at >= 0:
        if _is_zip_end(data, at):
            return True
        at = data.rfind(_ZIP_END, earliest, at)
    return False


def _is_zip_end(data: bytes, at: int) -> bool:
    if at + _ZIP_END_FORM.size > len(data):
        return False
    *_, entries, directory_bytes, _, comment_bytes = _ZIP_END_FORM.unpack_from(data, at)
    if at + _ZIP_END_FORM.size + comment_bytes != len(data) or not entries:
        return False
    if data.startswith(_ZIP64_LOCATOR, max(0, at - _ZIP64_LOCATOR_BYTES)):
        return True
    # Offsets count from wherever the ZIP began before it was appended; the directory's length holds all the same.
    return at >= directory_bytes and data.startswith(_ZIP_ENTRY, at - directory_bytes)
