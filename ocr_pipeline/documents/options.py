"""What a sender may ask for one document, in place of what the settings say."""

import hashlib
import re
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator
from pydantic import Field as Attribute

from ocr_pipeline.documents.model import Model
from ocr_pipeline.settings import Settings

PAGES = r"^[1-9][0-9]{0,4}(-([1-9][0-9]{0,4})?)?(,[1-9][0-9]{0,4}(-([1-9][0-9]{0,4})?)?){0,49}$"
"""Page numbers and ranges: ``1``, ``2-5``, ``7-`` (to the end), with commas between."""

_RANGE = re.compile(r"(?P<first>[1-9][0-9]{0,4})(?P<to>-(?P<last>[1-9][0-9]{0,4})?)?\Z")


class PageRange(NamedTuple):
    """Page numbers, both ends among them; without `last` all from `first` on."""

    first: int
    last: int | None

    def holds(self, number: int) -> bool:
        return self.first <= number and (self.last is None or number <= self.last)


def page_ranges(pages: str) -> tuple[PageRange, ...]:
    """The ranges that a text like ``1,3-5,8-`` names. Raises ValueError."""
    return tuple(_page_range(part) for part in pages.split(","))


def _page_range(text: str) -> PageRange:
    match = _RANGE.match(text)
    if match is None:
        message = f"{text!r} is neither a page number nor a range such as 2-5 or 7-"
        raise ValueError(message)
    first = int(match["first"])
    if match["to"] is None:
        return PageRange(first, first)
    last = int(match["last"]) if match["last"] else None
    # Whoever writes 5-2 means the pages between.
    return PageRange(first, last) if last is None else PageRange(min(first, last), max(first, last))


def _readable(pages: str | None) -> str | None:
    if pages is not None:
        page_ranges(pages)
    return pages


Engine = Literal["ppocr", "easyocr"]


class Options(Model):
    """None leaves it to the settings, or to what the document shows."""

    pages: Annotated[str | None, Attribute(max_length=500), AfterValidator(_readable)] = None
    """As `page_ranges` reads it."""
    kind: str | None = None
    """Name of a registered kind of documents."""
    language: str | None = None
    """One of `kinds.languages`: how dates and amounts are read where the page leaves it open."""
    engine: Engine | None = None
    """The recognition engine."""

    @property
    def digest(self) -> str:
        """Tells results under these options from others of the same file; empty where nothing is asked for."""
        asked = self.model_dump_json(exclude_none=True)
        return "" if asked == "{}" else hashlib.sha256(asked.encode()).hexdigest()[:12]

    def applied_to(self, settings: Settings) -> Settings:
        """The settings with what is asked for in place of theirs."""
        return settings.model_copy(update={"recognition_engine": self.engine}) if self.engine else settings

    def wants_page(self, number: int) -> bool:
        return self.pages is None or any(wanted.holds(number) for wanted in page_ranges(self.pages))


NO_OPTIONS = Options()
