"""A long listing of the bucket that goes on where an earlier one stopped."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ocr_pipeline.storage.objects import ObjectStore, Page


class Place(NamedTuple):
    """Where an earlier listing stopped."""

    begin: str | None
    """Where an earlier page said that the next one begins; None for the first."""
    note: Callable[[str | None], None]
    """Called with the same of each page that is done; the caller keeps it for the next time."""


FIRST = Place(None, lambda _: None)
"""For whoever lists everything at once."""


def pages_from(store: ObjectStore, prefix: str, place: Place) -> Iterator[Page]:
    """The pages from this place to the last; from the first where the store does not know the place any more."""
    try:
        page = store.page(prefix, place.begin)
    except LookupError:
        page = store.page(prefix)
    yield page
    while page.following is not None:
        page = store.page(prefix, page.following)
        yield page
