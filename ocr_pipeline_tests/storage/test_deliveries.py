import threading
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select, update

from ocr_pipeline.documents.model import Rejection
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.storage import outbox
from ocr_pipeline.storage.deliveries import (
    KEPT_ATTEMPTS,
    Attempt,
    Deliveries,
    Delivery,
    DeliveryState,
    Failure,
    Filters,
)
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival, Sender
from ocr_pipeline.storage.schema import batches
from ocr_pipeline.storage.schema import ledger as ledger_table

EMPTY = Rejection.of(ErrorCode.EMPTY_FILE)
FAILED = Attempt(datetime.now(UTC), 0.1, 503, Failure.STATUS)
DELIVERED = Attempt(datetime.now(UTC), 0.1, 200)


@pytest.fixture
def deliveries(engine: Engine, ledger: Ledger) -> Deliveries:
    return Deliveries(engine)


def end_batch(ledger: Ledger, url: str | None, tenant: str = "default") -> str:
    arrival = Arrival(file="a.png", object_key=f"uploads/{time.monotonic_ns()}", etag="1", size=1)
    key, _ = ledger.register_batch([arrival], Sender(tenant=tenant, webhook=url))
    ledger.reject_unfinished(key, EMPTY, "1")
    return key


def due(deliveries: Deliveries) -> list[Delivery]:
    return deliveries.due(100, [], [])


def in_state(deliveries: Deliveries, state: DeliveryState, tenant: str = "default") -> list[str]:
    found = deliveries.listed(tenant, Filters(state=state), None, 100)
    assert {delivery.state for delivery in found} <= {state}
    return [delivery.id for delivery in found]


def test_the_end_of_a_batch_is_told_once_to_those_who_asked(ledger: Ledger, deliveries: Deliveries) -> None:
    end_batch(ledger, None)
    key = end_batch(ledger, "https://Example.com:8443/hook?a=b")
    ledger.reject_unfinished(key, EMPTY, "1")
    (delivery,) = due(deliveries)
    assert (delivery.event, delivery.batch, delivery.document_id) == (outbox.BATCH_FINISHED, key, None)
    assert (delivery.host, delivery.attempts, delivery.state) == ("example.com:8443", (), DeliveryState.PENDING)


def test_two_that_end_the_same_document_tell_it_once(engine: Engine, ledger: Ledger, deliveries: Deliveries) -> None:
    key = end_batch(ledger, None)
    mine = ledger_table.c.batch == key
    with engine.begin() as connection:
        connection.execute(update(ledger_table).where(mine).values(finished_at=None, webhook="https://example.com/"))
        connection.execute(update(batches).where(batches.c.key == key).values(finished_at=None, webhook="https://a.b/"))

    def end() -> None:
        with engine.begin() as connection:
            outbox.announce_documents(connection, mine)
            outbox.announce_batch(connection, key)
            time.sleep(0.2)
            for table, where in ((ledger_table, mine), (batches, batches.c.key == key)):
                connection.execute(update(table).where(where).values(finished_at=datetime.now(UTC)))

    threads = [threading.Thread(target=end) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(delivery.event for delivery in due(deliveries)) == [outbox.BATCH_FINISHED, outbox.DOCUMENT_FINISHED]


def test_what_a_transaction_takes_back_is_not_told(engine: Engine, ledger: Ledger, deliveries: Deliveries) -> None:
    key = end_batch(ledger, None)
    with engine.connect() as connection:
        connection.execute(update(batches).where(batches.c.key == key).values(finished_at=None, webhook="https://a.b/"))
        outbox.announce_batch(connection, key)
        connection.rollback()
    assert due(deliveries) == []


def test_full_hosts_and_tenants_are_left_out(ledger: Ledger, deliveries: Deliveries) -> None:
    first = end_batch(ledger, "https://a.example.com/1")
    end_batch(ledger, "https://A.example.com:8443/2")
    third = end_batch(ledger, "https://b.example.com?3", tenant="other")
    assert [delivery.batch for delivery in deliveries.due(1, [], [])] == [first]
    assert [delivery.batch for delivery in deliveries.due(9, ["a.example.com", "a.example.com:8443"], [])] == [third]
    assert deliveries.due(9, [], ["other"])[0].batch == first
    assert deliveries.due(9, ["b.example.com"], ["default"]) == []


def test_a_lease_is_one_sender_s_and_ends(ledger: Ledger, deliveries: Deliveries) -> None:
    for _ in range(20):
        end_batch(ledger, "https://example.com/")
    ids = [delivery.id for delivery in due(deliveries)]
    got: list[set[str]] = []
    threads = [threading.Thread(target=lambda: got.append(deliveries.lease(ids, 1))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(id_ for some in got for id_ in some) == sorted(ids)
    assert (due(deliveries), len(in_state(deliveries, DeliveryState.PENDING))) == ([], 20)
    time.sleep(1.1)
    assert [delivery.id for delivery in due(deliveries)] == ids


def test_attempts_are_kept_and_tell_the_state(ledger: Ledger, deliveries: Deliveries) -> None:
    end_batch(ledger, "https://example.com/")
    (delivery,) = due(deliveries)
    deliveries.failed(delivery, FAILED, 0)
    (delivery,) = due(deliveries)
    assert [(attempt.status, attempt.error) for attempt in delivery.attempts] == [(503, Failure.STATUS)]
    assert abs(delivery.attempts[0].at - FAILED.at).total_seconds() < 0.001

    deliveries.failed(delivery, FAILED, None)
    assert in_state(deliveries, DeliveryState.FAILED) == [delivery.id]
    assert due(deliveries) == []

    assert deliveries.send_again("default", delivery.id) is not None
    (delivery,) = due(deliveries)
    deliveries.delivered(delivery, DELIVERED)
    assert in_state(deliveries, DeliveryState.DELIVERED) == [delivery.id]
    assert in_state(deliveries, DeliveryState.PENDING) == in_state(deliveries, DeliveryState.FAILED) == []
    assert deliveries.listed("default", Filters(), None, 1)[0].attempts[-1].error is None


def test_a_row_does_not_grow_without_end(ledger: Ledger, deliveries: Deliveries) -> None:
    end_batch(ledger, "https://example.com/")
    (delivery,) = due(deliveries)
    deliveries.failed(delivery._replace(attempts=(FAILED,) * 80), DELIVERED, 0)
    (delivery,) = due(deliveries)
    assert len(delivery.attempts) == KEPT_ATTEMPTS
    assert delivery.attempts[-1].status == 200


def test_another_tenant_s_are_not_there(ledger: Ledger, deliveries: Deliveries) -> None:
    end_batch(ledger, "https://example.com/", tenant="other")
    (delivery,) = due(deliveries)
    assert deliveries.listed("default", Filters(), None, 9) == []
    assert deliveries.send_again("default", delivery.id) is None
    assert [found.id for found in deliveries.listed("other", Filters(), None, 9)] == [delivery.id]


def test_they_go_with_what_they_are_about(engine: Engine, ledger: Ledger, deliveries: Deliveries) -> None:
    key = end_batch(ledger, "https://example.com/")
    with engine.begin() as connection:
        assert connection.scalar(select(batches.c.key).where(batches.c.key == key)) == key
        connection.execute(ledger_table.delete())
        connection.execute(batches.delete())
    assert due(deliveries) == []
