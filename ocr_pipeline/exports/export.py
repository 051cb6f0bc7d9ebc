"""One way in for all formats, for the command line and for the API."""

from collections.abc import Callable
from enum import StrEnum

from ocr_pipeline.documents import sniff
from ocr_pipeline.documents.model import DocumentText
from ocr_pipeline.exports.alto import alto
from ocr_pipeline.exports.hocr import hocr
from ocr_pipeline.exports.markdown import markdown
from ocr_pipeline.exports.plain_text import plain_text


class Format(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    HOCR = "hocr"
    ALTO = "alto"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]

    @property
    def suffix(self) -> str:
        """What a file's name ends in; a searchable PDF never has the name of the PDF that it was made from."""
        return _SUFFIXES[self]


_MEDIA_TYPES = {
    Format.TEXT: "text/plain; charset=utf-8",
    Format.MARKDOWN: "text/markdown; charset=utf-8",
    Format.HOCR: "text/html; charset=utf-8",
    Format.ALTO: "application/xml",
    Format.PDF: sniff.PDF,
}
_SUFFIXES = {
    Format.TEXT: ".txt",
    Format.MARKDOWN: ".md",
    Format.HOCR: ".hocr",
    Format.ALTO: ".alto.xml",
    Format.PDF: ".searchable.pdf",
}


def export(text: DocumentText, to: Format, original: Callable[[], bytes], dpi: int) -> bytes:
    """The document in another format. `text` is what was recognized in it, with `Settings.pdf_dpi` as `dpi`.

    `original` gives the bytes of the file that `text` was read from, one that intake accepted; it is called for
    the searchable PDF alone, which may raise UnreadableDocument.
    """
    match to:
        case Format.TEXT:
            return plain_text(text).encode()
        case Format.MARKDOWN:
            return markdown(text).encode()
        case Format.HOCR:
            return hocr(text)
        case Format.ALTO:
            return alto(text)
        case Format.PDF:
            # Imported here: MuPDF, OpenCV and Pillow are not needed for the others.
            from ocr_pipeline.exports.searchable_pdf import searchable_pdf

            data = original()
            return searchable_pdf(text, data, sniff.media_type(data) or sniff.PDF, dpi)
