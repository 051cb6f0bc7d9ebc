"""What accepted documents taught of their vendors, in Postgres: a lesson a document, counted when it is asked for.

A lesson hangs on its document's row in `documents`. Whatever removes that row, a batch that runs again or a person who
deletes the document, takes the lesson along, as does an earlier document that says the same; so none counts twice.
"""

from collections.abc import Collection, Mapping

from pydantic import TypeAdapter
from sqlalchemy import Engine, Text, all_, cast, delete, func, insert, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from ocr_pipeline.documents.model import State
from ocr_pipeline.storage.ledger import lock
from ocr_pipeline.storage.patterns_schema import vendor_lessons
from ocr_pipeline.storage.schema import documents
from ocr_pipeline.validation.patterns.lesson import Lesson
from ocr_pipeline.validation.patterns.vendor_patterns import VendorPatterns

_LATEST = 20
"""Documents of a vendor that count: enough to tell a habit, and few enough that a new habit is soon taken up."""
_LESSONS = TypeAdapter(list[Lesson])


class VendorPatternStore:
    """Of one tenant: what others' documents teach is theirs."""

    def __init__(self, engine: Engine, tenant: str) -> None:
        self._engine = engine
        self._prefix = f"{tenant}:"

    def load(self, keys: Collection[str], without: Collection[str] = ()) -> dict[str, VendorPatterns]:
        """What is known by these vendor keys; keys that nothing is known by are absent.

        `without` are ids of documents whose own lessons do not count: a batch that runs again teaches itself nothing.
        """
        wanted = func.unnest(literal(sorted(set(keys)), ARRAY(Text))).table_valued("key").render_derived(name="wanted")
        latest = (
            select(vendor_lessons.c.lesson)
            .where(vendor_lessons.c.vendor_key == literal(self._prefix) + wanted.c.key)
            .where(vendor_lessons.c.document_id != all_(literal(list(without), ARRAY(Text))))
            .order_by(vendor_lessons.c.document_id.desc())  # ids are UUIDs of version 7, which sort by time
            .limit(_LATEST)
            .lateral("latest")
        )
        # As one text a key: parsing a thousand small values one by one takes most of the time otherwise.
        taught = cast(func.json_agg(latest.c.lesson), Text)
        with self._engine.connect() as connection:
            found = connection.execute(select(wanted.c.key, taught).join(latest, true()).group_by(wanted.c.key)).all()
        return {key: VendorPatterns.of(key, _LESSONS.validate_json(lessons)) for key, lessons in found}

    def learn(self, lessons: Mapping[str, Lesson]) -> None:
        """Keeps the lessons of accepted documents, by id, in place of what the same documents taught before.

        To be called once they stand in `documents`; one that another run took away again meanwhile, or found to be a
        duplicate, teaches nothing.
        """
        ids = list(lessons)
        with self._engine.begin() as connection:
            lock(connection, ids)
            connection.execute(delete(vendor_lessons).where(vendor_lessons.c.document_id.in_(ids)))
            there = connection.scalars(
                select(documents.c.document_id)
                .where(documents.c.document_id.in_(ids))
                .where(documents.c.state == State.ACCEPTED)
            )
            rows = [
                {
                    "vendor_key": self._prefix + key,
                    "document_id": document_id,
                    "lesson": lessons[document_id].model_dump(mode="json"),
                }
                for document_id in there
                for key in lessons[document_id].keys
            ]
            if rows:
                connection.execute(insert(vendor_lessons), rows)
