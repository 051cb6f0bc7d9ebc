"""What can be made of a document that was read: each a small object that goes to another process and works there.

What they import at the top stays light; MuPDF, OpenCV and Pillow are loaded where they work.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from ocr_pipeline.documents import sniff
from ocr_pipeline.documents.model import DocumentText, Page
from ocr_pipeline.exports.export import Format, export
from ocr_pipeline.exports.marks import Boxes, Mark, line_marks, word_marks


class View(Protocol):
    """Its `repr` tells it from all others."""

    @property
    def media_type(self) -> str: ...

    @property
    def suffix(self) -> str:
        """What the name of its file ends in."""

    def render(self, text: DocumentText, original: Callable[[], bytes], dpi: int) -> bytes:
        """`original` gives the bytes of the file that `text` was read from, with `dpi` for the pages of a PDF.

        Raises NoSuchPage and UnreadableDocument.
        """


class NoSuchPage(LookupError):  # noqa: N818 - it says what there is not
    """The page is not among those that were read."""


class Export(NamedTuple):
    to: Format

    @property
    def media_type(self) -> str:
        return self.to.media_type

    @property
    def suffix(self) -> str:
        return self.to.suffix

    def render(self, text: DocumentText, original: Callable[[], bytes], dpi: int) -> bytes:
        return export(text, self.to, original, dpi)


class Words(NamedTuple):
    media_type: str = "application/json"
    suffix: str = ".words.json"

    def render(self, text: DocumentText, original: Callable[[], bytes], dpi: int) -> bytes:  # noqa: ARG002 - a View
        return text.model_dump_json().encode()


class PagePicture(NamedTuple):
    number: int
    boxes: Boxes
    fields: tuple[Mark, ...]
    """What is drawn for `Boxes.FIELDS`: the text does not know them."""
    width: int | None
    """At most; None for that of the original page."""

    @property
    def media_type(self) -> str:
        return "image/png"

    @property
    def suffix(self) -> str:
        return f".{self.number}.png"

    def render(self, text: DocumentText, original: Callable[[], bytes], dpi: int) -> bytes:
        from ocr_pipeline.exports.page_picture import page_picture

        page = next((page for page in text.pages if page.number == self.number), None)
        if page is None:
            raise NoSuchPage(self.number)
        data = original()
        media_type = sniff.media_type(data) or sniff.PDF
        return page_picture(data, media_type, page, dpi=dpi, marks=self._marks(page), width=self.width)

    def _marks(self, page: Page) -> Sequence[Mark]:
        match self.boxes:
            case Boxes.NONE:
                return ()
            case Boxes.WORDS:
                return word_marks(page)
            case Boxes.LINES:
                return line_marks(page)
            case Boxes.FIELDS:
                return self.fields
