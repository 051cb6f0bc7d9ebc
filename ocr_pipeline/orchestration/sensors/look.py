"""Looks for new files by listing the inbox: a share of its keys at a time, again and again.

A *round* goes once through all keys, over as many looks as that takes. What a round compares with the ledger is what
bears a time since shortly before the round before it; now and then it is everything.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from pydantic import AwareDatetime, BaseModel, ValidationError

from ocr_pipeline.orchestration.resources import Services
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.objects import Page

OVERLAP = timedelta(minutes=10)
"""How far each round reaches back before what the last one saw: S3 gives times in whole seconds, and servers lag."""
FULL_LOOK_AFTER = timedelta(minutes=10)
"""Now and then all files are compared with the ledger: a long upload may bear the time at which it began."""
PAGES = 10
KEYS_A_PAGE = 1000
"""So many of each are listed in one look at the most; S3 lists no more in a page."""


class Cursor(BaseModel, frozen=True):
    """How far the inbox was looked through. Times are those of the files, but never later than our own clock's."""

    prefix: str = ""
    """Of the inbox that it is about."""
    place: str | None = None
    """Where the round goes on; None where the next look begins one."""
    since: AwareDatetime | None = None
    """The round leaves alone what is older; None where it compares everything."""
    begun: AwareDatetime | None = None
    """When the round began; None before the first one."""
    newest: AwareDatetime | None = None
    """Time of the newest file that was ever seen."""
    full: AwareDatetime | None = None
    """When the last round that compared everything began."""

    @classmethod
    def of(cls, text: str | None, prefix: str) -> Self:
        """One that says nothing where there is none yet, or none that can be used: then everything is compared."""
        try:
            cursor = cls.model_validate_json(text or "{}")
        except ValidationError:
            return cls(prefix=prefix)
        return cursor if cursor.prefix == prefix else cls(prefix=prefix)

    def at_round(self, now: datetime) -> Self:
        """The same where a round is under way, else at the beginning of one."""
        if self.place is not None:
            return self
        if self.full is None or now - self.full >= FULL_LOOK_AFTER:
            return self.model_copy(update={"since": None, "begun": now, "full": now})
        # A file that came while the last round went on may have a key that this had passed by.
        seen = [moment for moment in (self.newest, self.begun) if moment is not None]
        return self.model_copy(update={"since": min(seen) - OVERLAP if seen else None, "begun": now})


class Look(NamedTuple):
    """What one look came to."""

    new: int
    """Files that were entered into the ledger."""
    cursor: Cursor


def look(services: Services, cursor: Cursor) -> Look:
    """Enters what is new among the next keys of the inbox into the ledger; ends with the round at the latest."""
    now = datetime.now(UTC)
    cursor = cursor.at_round(now)
    new = 0
    for _ in range(PAGES):
        page = _page(services, cursor)
        found = [stored for stored in page.files if cursor.since is None or stored.modified >= cursor.since]
        prefix = cursor.prefix
        arrivals = [Arrival(stored.key.removeprefix(prefix), stored.key, stored.etag, stored.size) for stored in found]
        new += len(services.ledger.register(arrivals, services.settings.inbox_tenant))
        # A server whose clock is ahead must not make later files look old.
        times = [min(stored.modified, now) for stored in found] + ([cursor.newest] if cursor.newest else [])
        cursor = cursor.model_copy(update={"place": page.following, "newest": max(times, default=None)})
        if page.following is None:
            break
    return Look(new, cursor)


def _page(services: Services, cursor: Cursor) -> Page:
    try:
        return services.store.page(cursor.prefix, cursor.place, KEYS_A_PAGE)
    except LookupError:
        # The store forgot the place: the round begins anew.
        return services.store.page(cursor.prefix, None, KEYS_A_PAGE)
