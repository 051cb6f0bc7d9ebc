"""What runs are working on, noted for the case that a worker dies under a run.

What never comes to an end is work that took its process along: a crash, a kill, lack of memory.
"""

from collections.abc import Sequence

from sqlalchemy import Engine, Text, bindparam, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from ocr_pipeline.storage.database import NEED_NOT_LAST, single_statements
from ocr_pipeline.storage.ledger import IS_WANTED
from ocr_pipeline.storage.schema import beginnings, ledger

# Both are carried out for each document. To put one together takes as long as to carry it out.
_document, _stage = (bindparam(name, type_=Text) for name in ("document", "begun"))
_wanted = select(ledger.c.id, _stage, literal(1)).where(ledger.c.id == _document, IS_WANTED)
_before = beginnings.alias("before")
_elsewhere = (
    select(func.coalesce(func.sum(_before.c.count), 0))
    .where(_before.c.document_id == _document, _before.c.stage != _stage)
    .scalar_subquery()
)
_BEGIN = (
    insert(beginnings)
    .from_select(["document_id", "stage", "count"], _wanted)
    .on_conflict_do_update(
        index_elements=[beginnings.c.document_id, beginnings.c.stage], set_={"count": beginnings.c.count + 1}
    )
    .returning(beginnings.c.count + _elsewhere, NEED_NOT_LAST)
)
_END = delete(beginnings).where(beginnings.c.document_id == _document).returning(NEED_NOT_LAST)


class Beginnings:
    """Of one run. A document is noted when work on it begins in whichever stage, until it comes to an end there or in a
    later one.
    """

    def __init__(self, engine: Engine) -> None:
        self._single = single_statements(engine)
        self._begun: dict[str, int] = {}
        """What is noted of the documents that this run works on, by id."""

    def begin(self, document_id: str, stage: str) -> int | None:
        """How often work on the document began since it last came to an end.

        None where the document is no longer wanted: nothing is noted then.
        """
        if document_id in self._begun:
            return self._begun[document_id]
        with self._single.connect() as connection:
            count: int | None = connection.scalar(_BEGIN, {"document": document_id, "begun": stage})
        if count is not None:
            self._begun[document_id] = count
        return count

    def end(self, document_id: str) -> None:
        """The work on the document came to an end, whichever."""
        if self._begun.pop(document_id, None) is not None:
            with self._single.connect() as connection:
                connection.execute(_END, {"document": document_id})

    def begun(self, batches: Sequence[str]) -> dict[str, int]:
        """Documents of the batches on which work began and has not come to an end: how often, by id."""
        statement = (
            select(beginnings.c.document_id, func.sum(beginnings.c.count))
            .join(ledger, ledger.c.id == beginnings.c.document_id)
            .where(ledger.c.batch.in_(batches))
            .group_by(beginnings.c.document_id)
        )
        with self._single.connect() as connection:
            return {document_id: int(count) for document_id, count in connection.execute(statement)}
