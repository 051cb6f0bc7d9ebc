from sqlalchemy import Engine, func, insert

from ocr_pipeline.documents.model import Rejection, State
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.storage.backlog import due_deliveries, unfinished
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.schema import deliveries


def _arrivals(*names: str) -> list[Arrival]:
    return [Arrival(name, name, "etag", 1) for name in names]


def test_unfinished_documents_are_counted_by_state(engine: Engine, ledger: Ledger) -> None:
    assert unfinished(engine, 10) == {}
    ledger.register(_arrivals("a", "b", "c"))
    started, _ = ledger.register_batch(_arrivals("d", "e"))
    ledger.start_batch(started)
    finished, _ = ledger.register_batch(_arrivals("f"))
    ledger.reject_unfinished(finished, Rejection.of(ErrorCode.EMPTY_FILE), "1")
    assert unfinished(engine, 10) == {State.WAITING: 3, State.PROCESSING: 2}
    assert sum(unfinished(engine, 4).values()) == 4


def test_deliveries_that_are_still_to_be_made_are_counted(engine: Engine, ledger: Ledger) -> None:
    row = {"tenant": "default", "url": "https://a.example/", "event": "document.finished"}
    with engine.begin() as connection:
        connection.execute(deliveries.delete())
        connection.execute(insert(deliveries).values(id="1", **row))
        connection.execute(insert(deliveries).values(id="2", due_at=None, delivered_at=func.now(), **row))
    assert due_deliveries(engine) == 1
