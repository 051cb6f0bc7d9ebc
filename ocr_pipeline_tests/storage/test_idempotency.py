import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, insert, select, update

from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.storage.idempotency import Claim, Repeated, claim, release, settle
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.schema import idempotency_keys

ME = ("a", "me", "key")


@pytest.fixture(autouse=True)
def empty(engine: Engine, ledger: Ledger) -> None:
    with engine.begin() as connection:
        connection.execute(idempotency_keys.delete())


@pytest.fixture
def batch(ledger: Ledger) -> str:
    return ledger.register_batch([Arrival("a.png", "uploads/1/a.png", "e", 1)])[0]


def first_claim(engine: Engine, identity: tuple[str, str, str] = ME, request: str = "1") -> Claim:
    held = claim(engine, identity, request)
    assert isinstance(held, Claim)
    return held


def refusal(engine: Engine, request: str) -> ErrorCode:
    with pytest.raises(PipelineError) as caught:
        claim(engine, ME, request)
    return caught.value.code


def age(engine: Engine, by: timedelta) -> None:
    with engine.begin() as connection:
        connection.execute(update(idempotency_keys).values(created_at=idempotency_keys.c.created_at - by))


def test_the_same_request_gets_what_came_of_the_first(engine: Engine, batch: str) -> None:
    held = first_claim(engine)
    assert refusal(engine, "1") is ErrorCode.REQUEST_IN_PROGRESS
    assert refusal(engine, "2") is ErrorCode.IDEMPOTENCY_KEY_REUSED
    with engine.begin() as connection:
        settle(connection, held, batch=batch)
    assert claim(engine, ME, "1") == Repeated(None, batch)
    assert refusal(engine, "2") is ErrorCode.IDEMPOTENCY_KEY_REUSED


@pytest.mark.parametrize("other", [("b", "me", "key"), ("a", "you", "key"), ("a", "me", "other")])
def test_keys_belong_to_a_subject_of_a_tenant(engine: Engine, other: tuple[str, str, str]) -> None:
    first_claim(engine)
    first_claim(engine, other, "2")


def test_a_key_that_was_given_back_is_free(engine: Engine) -> None:
    release(engine, first_claim(engine))
    first_claim(engine, request="2")


def test_a_settled_key_is_not_given_back(engine: Engine, batch: str) -> None:
    held = first_claim(engine)
    with engine.begin() as connection:
        settle(connection, held, batch=batch)
    release(engine, held)
    assert claim(engine, ME, "1") == Repeated(None, batch)


def test_a_key_whose_holder_died_is_taken_over_and_the_dead_enters_nothing(engine: Engine, batch: str) -> None:
    dead = first_claim(engine)
    age(engine, timedelta(minutes=1))
    assert refusal(engine, "1") is ErrorCode.REQUEST_IN_PROGRESS
    age(engine, timedelta(minutes=2))
    alive = first_claim(engine)
    with pytest.raises(PipelineError), engine.begin() as connection:
        settle(connection, dead, batch=batch)
    release(engine, dead)
    with engine.begin() as connection:
        settle(connection, alive, batch=batch)


def test_a_key_is_free_again_after_a_day(engine: Engine, batch: str) -> None:
    with engine.begin() as connection:
        settle(connection, first_claim(engine), batch=batch)
    age(engine, timedelta(hours=23))
    assert refusal(engine, "2") is ErrorCode.IDEMPOTENCY_KEY_REUSED
    age(engine, timedelta(hours=1))
    first_claim(engine, request="2")


def test_old_keys_are_deleted(engine: Engine) -> None:
    rows = [{"tenant": "a", "subject": "me", "key": str(number), "request": "1"} for number in range(150)]
    with engine.begin() as connection:
        connection.execute(insert(idempotency_keys), rows)
    age(engine, timedelta(days=2))
    for number in range(3):
        first_claim(engine, ("a", "me", f"new {number}"))
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(idempotency_keys)) == 3


def test_of_many_at_the_same_time_one_gets_the_key(engine: Engine) -> None:
    got: list[Claim | Repeated] = []
    refused: list[ErrorCode] = []

    def ask() -> None:
        try:
            got.append(claim(engine, ME, "1"))
        except PipelineError as error:
            refused.append(error.code)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    assert refused == [ErrorCode.REQUEST_IN_PROGRESS] * 11
