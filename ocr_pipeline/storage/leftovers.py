"""Files that the pipeline has its own copy of, or never got to know: they leave the bucket's inbox and uploads.

A page of the listing at a time, with what the ledger says of it. Most files stay, so whoever breaks off in between goes
on at the page that comes next, where `place` is kept.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Engine, Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from ocr_pipeline.storage.listing import FIRST, Place, pages_from
from ocr_pipeline.storage.objects import ObjectStore, StoredObject
from ocr_pipeline.storage.originals import key_of
from ocr_pipeline.storage.schema import ledger

UPLOADS = "uploads/"
"""Where the API puts what it is sent, just before it enters it into the ledger."""
_THREADS = 8


def leave_inbox(
    engine: Engine, store: ObjectStore, prefix: str, until: datetime, place: Place = FIRST
) -> Iterator[Counter[str]]:
    """Removes the files of the inbox at `prefix` whose documents were finished before `until`.

    Only those that are still the very files that were read, and of which the original is kept: a file that was refused
    unread stays.
    """
    with ThreadPoolExecutor(_THREADS) as threads:
        for page in pages_from(store, prefix, place):
            read = _read_before(engine, page.files, until)
            due = [stored for stored in page.files if (stored.key, stored.etag) in read]
            has_original = partial(_has_original, store, read)
            kept = [stored for stored, is_kept in zip(due, threads.map(has_original, due), strict=True) if is_kept]
            removed = store.delete_unchanged(kept)
            place.note(page.following)
            yield Counter({"inbox files removed": removed, "inbox files without original left": len(due) - len(kept)})


def remove_strays(engine: Engine, store: ObjectStore, until: datetime, place: Place = FIRST) -> Iterator[Counter[str]]:
    """Removes uploads from before `until` that no row of the ledger names: a request broke off between the two."""
    for page in pages_from(store, UPLOADS, place):
        old = {stored.key for stored in page.files if stored.modified < until}
        with engine.connect() as connection:
            named = set(connection.scalars(select(ledger.c.object_key).where(_is_one_of(old))))
        store.delete(old - named)
        place.note(page.following)
        yield Counter({"stray uploads removed": len(old - named)})


def _read_before(engine: Engine, page: Sequence[StoredObject], until: datetime) -> dict[tuple[str, str], str]:
    """The content hashes, by key and ETag, of those that were finished before `until`."""
    wanted = select(ledger.c.object_key, ledger.c.etag, ledger.c.sha256).where(
        _is_one_of([stored.key for stored in page]), ledger.c.finished_at < until, ledger.c.sha256.is_not(None)
    )
    with engine.connect() as connection:
        return {(row.object_key, row.etag): row.sha256 for row in connection.execute(wanted)}


def _is_one_of(keys: Iterable[str]) -> ColumnElement[bool]:
    return ledger.c.object_key == any_(literal(list(keys), ARRAY(Text)))


def _has_original(store: ObjectStore, read: dict[tuple[str, str], str], stored: StoredObject) -> bool:
    original = store.find(key_of(read[stored.key, stored.etag]))
    return original is not None and original.size == stored.size
