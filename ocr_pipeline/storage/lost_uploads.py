"""Uploads that the ledger does not know: what the API took after the dump that the database was restored from."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine, select

from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline.storage.pages import in_pages
from ocr_pipeline.storage.schema import ledger

_UPLOADS = "uploads/"


def lost_uploads(engine: Engine, store: ObjectStore, since: datetime, until: datetime) -> Iterator[Arrival]:
    """Those from between these moments, as files that the ledger can enter again.

    Of a request nothing but the file is left: its name in safe letters, neither tenant nor options nor webhook. What
    came within the last minutes may still be about to be entered by its request.
    """
    for page in in_pages(store.list(_UPLOADS)):
        due = [stored for stored in page if since <= stored.modified < until]
        known = select(ledger.c.object_key).where(ledger.c.object_key.in_([stored.key for stored in due]))
        with engine.connect() as connection:
            there = set(connection.scalars(known))
        for stored in due:
            if stored.key not in there:
                yield Arrival(stored.key.rpartition("/")[2], stored.key, stored.etag, stored.size)
