"""What runs are working on, noted for the case that a worker dies under a run.

What never comes to an end is work that took its process along: a crash, a kill, lack of memory.
"""

from collections.abc import Sequence

from sqlalchemy import Engine, Text, and_, bindparam, delete, literal, select
from sqlalchemy.dialects.postgresql import insert

from ocr_pipeline.storage.database import NEED_NOT_LAST, single_statements
from ocr_pipeline.storage.ledger import IS_WANTED
from ocr_pipeline.storage.schema import beginnings, ledger

# Each is carried out once a stage and document. To put one together takes as long as to carry it out.
_document, _stage, _ended = (bindparam(name, type_=Text) for name in ("document", "begun", "ended"))
_wanted = select(ledger.c.id, _stage, literal(1)).where(ledger.c.id == _document, IS_WANTED)
_BEGIN = (
    insert(beginnings)
    .from_select(["document_id", "stage", "count"], _wanted)
    .on_conflict_do_update(
        index_elements=[beginnings.c.document_id, beginnings.c.stage], set_={"count": beginnings.c.count + 1}
    )
    .returning(beginnings.c.count, NEED_NOT_LAST)
)
_MINE = and_(beginnings.c.document_id == _document, beginnings.c.stage == _ended)
_GO_ON = _BEGIN.add_cte(delete(beginnings).where(_MINE).cte("before"))
_END = delete(beginnings).where(_MINE).returning(NEED_NOT_LAST)


class Beginnings:
    """Of one run. A document that goes on to its next stage costs one statement: it ends there and begins here."""

    def __init__(self, engine: Engine) -> None:
        self._single = single_statements(engine)
        self._stages: dict[str, str] = {}
        """Where each document is, by id."""

    def begin(self, document_id: str, stage: str) -> int | None:
        """How often work on the document began in this stage since it last came to an end there.

        None where the document is no longer wanted: nothing is noted then.
        """
        before = self._stages.pop(document_id, None)
        statement = _BEGIN if before is None else _GO_ON
        with self._single.connect() as connection:
            count: int | None = connection.scalar(
                statement, {"document": document_id, "begun": stage} | ({"ended": before} if before else {})
            )
        if count is not None:
            self._stages[document_id] = stage
        return count

    def end(self, document_id: str) -> None:
        """The work on the document came to an end, whichever."""
        stage = self._stages.pop(document_id, None)
        if stage is not None:
            with self._single.connect() as connection:
                connection.execute(_END, {"document": document_id, "ended": stage})

    def begun(self, batches: Sequence[str]) -> dict[str, dict[str, int]]:
        """Documents of the batches on which work began and has not come to an end: how often, by stage and id."""
        statement = (
            select(beginnings.c.stage, beginnings.c.document_id, beginnings.c.count)
            .join(ledger, ledger.c.id == beginnings.c.document_id)
            .where(ledger.c.batch.in_(batches))
        )
        found: dict[str, dict[str, int]] = {}
        with self._single.connect() as connection:
            for stage, document_id, count in connection.execute(statement):
                found.setdefault(stage, {})[document_id] = count
        return found
