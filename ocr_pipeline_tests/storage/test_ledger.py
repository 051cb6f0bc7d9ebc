from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, func, update
from sqlalchemy.exc import IntegrityError

from ocr_pipeline.documents.model import Rejection, State
from ocr_pipeline.documents.options import Options
from ocr_pipeline.errors import ErrorCode
from ocr_pipeline.storage import schema
from ocr_pipeline.storage.ledger import Ledger, finish, moment
from ocr_pipeline.storage.ledger_rows import Arrival, Finished, Lane, Sender
from ocr_pipeline_tests.storage.made import REJECTION


def arrival(name: str, etag: str = "e1") -> Arrival:
    return Arrival(file=name, object_key=f"inbox/{name}", etag=etag, size=7)


def arrivals(*numbers: int) -> list[Arrival]:
    return [arrival(f"{number:04d}.png") for number in numbers]


def sizes(ledger: Ledger, keys: list[str]) -> list[int]:
    return [len(ledger.batch_documents(key)) for key in keys]


def closed(ledger: Ledger, count: int) -> list[str]:
    """Batches of one document each, oldest first."""
    ledger.register(arrivals(*range(count)))
    return ledger.close_batches(size=1, seconds=0)


def make_older(engine: Engine, seconds: float) -> None:
    with engine.begin() as connection:
        connection.execute(update(schema.ledger).values(arrived_at=func.now() - timedelta(seconds=seconds)))


def test_a_file_is_entered_once(ledger: Ledger) -> None:
    (first,) = ledger.register([arrival("a.png")])
    (second,) = ledger.register([arrival("a.png"), arrival("b.png")])
    assert ledger.register([arrival("a.png"), arrival("b.png")]) == []
    assert ledger.register([]) == []
    document = ledger.document(first)
    assert document is not None
    assert (document.file, document.object_key, document.size) == ("a.png", "inbox/a.png", 7)
    assert (document.state, document.batch, document.sha256) == (State.WAITING, None, None)
    assert [found.id for found in ledger.documents_of(["inbox/b.png"])] == [second]


def test_a_file_named_twice_in_one_listing_is_entered_once(ledger: Ledger) -> None:
    assert len(ledger.register([arrival("a.png"), arrival("a.png")])) == 1


def test_new_content_under_an_old_name_is_another_document(ledger: Ledger) -> None:
    (first,) = ledger.register([arrival("a.png", "e1")])
    (second,) = ledger.register([arrival("a.png", "e2")])
    assert {document.id for document in ledger.documents_of(["inbox/a.png"])} == {first, second}


def test_what_is_not_there_is_none(ledger: Ledger) -> None:
    assert ledger.document("none") is None
    assert ledger.batch("none") is None
    assert ledger.batch_documents("none") == []


def test_full_batches_are_closed_at_once_the_rest_when_it_has_waited(ledger: Ledger, engine: Engine) -> None:
    ledger.register(arrivals(*range(7)))
    full = ledger.close_batches(size=3, seconds=60)
    assert sizes(ledger, full) == [3, 3]
    assert ledger.close_batches(size=3, seconds=60) == []
    make_older(engine, 61)
    assert sizes(ledger, ledger.close_batches(size=3, seconds=60)) == [1]
    assert ledger.close_batches(size=3, seconds=0) == []


def test_who_came_first_is_batched_first(ledger: Ledger, engine: Engine) -> None:
    early = ledger.register(arrivals(8, 9))
    make_older(engine, 5)
    ledger.register(arrivals(1, 2))
    key, _ = ledger.close_batches(size=2, seconds=0)
    assert [document.id for document in ledger.batch_documents(key)] == sorted(early)


def test_concurrent_arrivals_and_closings_lose_and_double_none(ledger: Ledger, engine: Engine) -> None:
    def register(start: int) -> list[str]:
        return ledger.register(arrivals(*range(start, start + 40)))

    def close(_: int) -> list[str]:
        return ledger.close_batches(size=7, seconds=0)

    with ThreadPoolExecutor(12) as pool:
        # Each file is seen by two listings.
        registrations = [pool.submit(register, start % 400) for start in range(0, 800, 20)]
        closings = [pool.submit(close, number) for number in range(40)]
        ids = [id_ for registration in registrations for id_ in registration.result()]
        keys = [key for closing in closings for key in closing.result()]
    keys += close(0)
    batched = [document.id for key in keys for document in ledger.batch_documents(key)]
    assert len(ids) == len(set(ids)) == 420
    assert Counter(batched) == Counter(ids)
    assert all(1 <= size <= 7 for size in sizes(ledger, keys))


def taken(ledger: Ledger, not_since_seconds: float = 60, limit: int = 100) -> list[str]:
    return [batch.key for batch in ledger.take_unfinished_batches(not_since_seconds, limit)]


def test_an_unfinished_batch_is_looked_after_again_only_after_the_time(ledger: Ledger, engine: Engine) -> None:
    keys = closed(ledger, 3)
    assert sorted(taken(ledger)) == sorted(keys)
    assert taken(ledger) == []
    (of_second,) = ledger.batch_documents(keys[1])
    with engine.begin() as connection:
        connection.execute(update(schema.batches).values(looked_at=func.now() - timedelta(seconds=61)))
        finish(connection, keys[1], [Finished(of_second.id, State.ACCEPTED, None, {})], moment())
    assert sorted(taken(ledger)) == sorted([keys[0], keys[2]])


def test_a_batch_that_was_handed_over_is_looked_after_at_once(ledger: Ledger) -> None:
    key, _ = ledger.register_batch(arrivals(1))
    ledger.hand_over(key)
    assert taken(ledger) == [key]


def test_batches_are_taken_up_to_the_limit_and_the_longest_neglected_first(ledger: Ledger) -> None:
    keys = closed(ledger, 3)
    first = taken(ledger, limit=2)
    assert len(first) == 2
    assert sorted(first + taken(ledger, limit=2)) == sorted(keys)
    assert taken(ledger, 0, limit=2) == first


def test_no_two_who_ask_at_once_get_the_same_batch(ledger: Ledger) -> None:
    keys = closed(ledger, 30)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: taken(ledger, limit=3), range(30)))
    assert sorted(key for some in found for key in some) == sorted(keys)


def test_a_file_that_was_gone_and_is_there_again_is_taken_up_again(ledger: Ledger) -> None:
    (id_,) = ledger.register(arrivals(1))
    (key,) = ledger.close_batches(size=1, seconds=0)
    ledger.reject_unfinished(key, Rejection.of(ErrorCode.FILE_MISSING, key="inbox/0001.png"), "1")
    assert ledger.register(arrivals(1)) == [id_]
    document = ledger.document(id_)
    assert document is not None
    assert (document.state, document.reason, document.batch) == (State.WAITING, None, None)
    assert ledger.register(arrivals(1)) == []


def test_an_upload_is_a_batch_of_its_own(ledger: Ledger) -> None:
    ledger.register(arrivals(1))
    key, ids = ledger.register_batch(arrivals(2, 3))
    status = ledger.batch(key)
    assert status is not None
    assert [(document.id, document.file) for document in status.documents] == [
        (ids[0], "0002.png"),
        (ids[1], "0003.png"),
    ]
    assert sizes(ledger, ledger.close_batches(size=10, seconds=0)) == [1]


def test_the_run_of_an_upload_is_asked_for_by_whoever_uploads(ledger: Ledger) -> None:
    key, _ = ledger.register_batch(arrivals(1))
    assert taken(ledger, 60) == []
    assert taken(ledger, 0) == [key]


def test_an_upload_under_a_key_that_is_taken_leaves_no_batch_behind(ledger: Ledger) -> None:
    ledger.register(arrivals(2))
    with pytest.raises(IntegrityError):
        ledger.register_batch(arrivals(1, 2))
    assert taken(ledger, 0) == []
    assert ledger.documents_of(["inbox/0001.png"]) == []


def test_a_run_begins_with_all_documents_of_its_batch(ledger: Ledger, engine: Engine) -> None:
    key, ids = ledger.register_batch(arrivals(1, 2))
    with engine.begin() as connection:
        finish(connection, key, [Finished(ids[0], State.ACCEPTED, None, {})], moment())
    assert [document.state for document in ledger.start_batch(key)] == [State.ACCEPTED, State.PROCESSING]
    assert [document.id for document in ledger.start_batch(key)] == ids


def test_hashes_are_noted(ledger: Ledger) -> None:
    key, ids = ledger.register_batch(arrivals(1, 2))
    ledger.note_intake(ids[1], "ab" * 32, None)
    assert [document.sha256 for document in ledger.batch_documents(key)] == [None, "ab" * 32]


def test_only_what_is_unfinished_is_rejected(ledger: Ledger, engine: Engine) -> None:
    key, ids = ledger.register_batch(arrivals(1, 2))
    other, _ = ledger.register_batch(arrivals(3))
    with engine.begin() as connection:
        finish(connection, key, [Finished(ids[0], State.NEEDS_REVIEW, None, {"ocr_text": 0.5})], moment())
    (rejected,) = ledger.reject_unfinished(key, REJECTION, "1")
    assert (rejected.id, rejected.state, rejected.reason) == (ids[1], State.REJECTED, REJECTION)
    assert rejected.finished_at is not None
    kept, _ = ledger.batch_documents(key)
    assert (kept.state, kept.reason, kept.seconds) == (State.NEEDS_REVIEW, None, {"ocr_text": 0.5})
    assert [document.state for document in ledger.batch_documents(other)] == [State.WAITING]
    assert ledger.reject_unfinished(key, REJECTION, "1") == []


def test_a_batch_is_of_one_tenant_and_one_lane(ledger: Ledger, engine: Engine) -> None:
    ledger.register(arrivals(*range(6)), tenant="acme")
    ledger.register(arrivals(*range(6, 12)), tenant="globex")
    waiting = schema.ledger.update().where(schema.ledger.c.file.in_(["0001.png", "0002.png", "0007.png"]))
    with engine.begin() as connection:
        connection.execute(waiting.values(lane=Lane.INTERACTIVE))
    keys = ledger.close_batches(size=3, seconds=0)
    assert sorted(sizes(ledger, keys)) == [1, 1, 2, 2, 3, 3]
    lanes = {batch.key: batch.lane for batch in ledger.take_unfinished_batches(0)}
    for key in keys:
        found = ledger.batch(key)
        assert found is not None
        assert {document.tenant for document in found.documents} == {found.tenant}
        is_interactive = {document.file in {"0001.png", "0002.png", "0007.png"} for document in found.documents}
        assert is_interactive == {lanes[key] is Lane.INTERACTIVE}


def test_single_files_are_left_to_the_api_until_they_waited_too_long(ledger: Ledger, engine: Engine) -> None:
    ledger.register(arrivals(*range(5)))
    with engine.begin() as connection:
        connection.execute(schema.ledger.update().values(lane=Lane.INTERACTIVE))
    assert ledger.close_batches(size=2, seconds=60) == []
    make_older(engine, 61)
    assert sorted(sizes(ledger, ledger.close_batches(size=2, seconds=60))) == [1, 2, 2]


def test_single_files_that_wait_behind_others_keep_waiting_for_the_api(ledger: Ledger, engine: Engine) -> None:
    batch, _ = ledger.register_batch(arrivals(9))
    ledger.register(arrivals(*range(3)))
    with engine.begin() as connection:
        connection.execute(schema.ledger.update().values(lane=Lane.INTERACTIVE))
        connection.execute(schema.batches.update().values(lane=Lane.INTERACTIVE))
    make_older(engine, 61)
    assert ledger.close_batches(size=2, seconds=60) == []
    ledger.reject_unfinished(batch, REJECTION, "1")
    assert sorted(sizes(ledger, ledger.close_batches(size=2, seconds=60))) == [1, 2]


def test_pages_are_noted_with_the_hash(ledger: Ledger) -> None:
    key, (id_,) = ledger.register_batch(arrivals(1))
    ledger.note_intake(id_, "ab" * 32, None, pages=7)
    assert [document.pages for document in ledger.batch_documents(key)] == [7]


def test_options_are_part_of_what_outputs_are_addressed_by(ledger: Ledger) -> None:
    key, ids = ledger.register_batch(arrivals(1), Sender(options=Options(pages="1-3")))
    (before,) = ledger.batch_documents(key)
    ledger.note_intake(ids[0], "ab" * 32, None, pages=7)
    (after,) = ledger.batch_documents(key)
    assert (before.content, after.options) == (None, Options(pages="1-3"))
    assert after.content == f"{'ab' * 32}-{Options(pages='1-3').digest}"


def test_a_batch_is_not_finished_as_long_as_a_document_of_it_waits_again(ledger: Ledger, engine: Engine) -> None:
    key, ids = ledger.register_batch(arrivals(1, 2))
    for id_, is_finished in zip(ids, (False, True), strict=True):
        with engine.begin() as connection:
            finish(connection, key, [Finished(id_, State.ACCEPTED, None, {})], moment())
        status = ledger.batch(key)
        assert status is not None
        assert (status.finished_at is not None) == is_finished


def test_files_that_are_known_cost_no_write(ledger: Ledger) -> None:
    known = arrivals(*range(2500))
    ledger.register(known)
    statements: list[str] = []

    @event.listens_for(Engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement.split(maxsplit=1)[0])

    try:
        assert len(ledger.register([*known, arrival("new.png")])) == 1
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert Counter(statements) == {"SELECT": 3, "INSERT": 1}


def test_a_file_that_was_gone_and_is_there_again_is_taken_up(ledger: Ledger) -> None:
    (id_,) = ledger.register([arrival("a.png")])
    (batch,) = ledger.close_batches(size=1, seconds=0)
    ledger.reject_unfinished(batch, Rejection.of(ErrorCode.FILE_MISSING, key="a.png"), "1")
    assert ledger.register([arrival("a.png", "another")]) != [id_]
    assert ledger.register([arrival("a.png")]) == [id_]
    assert ledger.register([arrival("a.png")]) == []
    document = ledger.document(id_)
    assert document is not None
    assert (document.state, document.batch, document.reason) == (State.WAITING, None, None)


def test_no_more_batches_are_closed_than_may_be_unfinished(ledger: Ledger, engine: Engine) -> None:
    oldest = ledger.register(arrivals(*range(90, 94)))
    make_older(engine, 60)
    ledger.register(arrivals(*range(8)))
    keys = ledger.close_batches(size=2, seconds=0, room=3 - ledger.open_batches(3))
    assert (len(keys), ledger.open_batches(10), ledger.open_batches(2)) == (3, 3, 2)
    assert [document.id for key in keys[:2] for document in ledger.batch_documents(key)] == sorted(oldest)
    assert ledger.close_batches(size=2, seconds=0, room=3 - ledger.open_batches(3)) == []
    ledger.reject_unfinished(keys[0], REJECTION, "1")
    assert len(ledger.close_batches(size=2, seconds=0, room=3 - ledger.open_batches(3))) == 1
    assert len(ledger.close_batches(size=2, seconds=0)) == 2


def test_tenants_take_turns_in_what_room_there_is(ledger: Ledger, engine: Engine) -> None:
    ledger.register(arrivals(*range(20)), "a")
    make_older(engine, 60)
    for tenant in ("B", "c"):
        ledger.register([arrival(f"{tenant}{number}") for number in range(4)], tenant)

    def tenants(keys: list[str]) -> list[str]:
        return [batch.tenant for key in keys if (batch := ledger.batch(key)) is not None]

    first = ledger.close_batches(size=2, seconds=0, room=4 - ledger.open_batches(4))
    assert (tenants(first), len(first)) == (["a", "B", "c", "a"], 4)
    ledger.reject_unfinished(first[0], REJECTION, "1")
    ledger.reject_unfinished(first[1], REJECTION, "1")
    assert tenants(ledger.close_batches(size=2, seconds=0, room=4 - ledger.open_batches(4))) == ["B", "a"]


def test_single_files_that_waited_long_are_not_held_back(ledger: Ledger, engine: Engine) -> None:
    ledger.register(arrivals(1, 2))
    with engine.begin() as connection:
        one = schema.ledger.c.file == "0001.png"
        connection.execute(update(schema.ledger).where(one).values(lane=Lane.INTERACTIVE))
    ledger.register_batch(arrivals(3))
    (key,) = ledger.close_batches(size=2, seconds=0, room=1 - ledger.open_batches(1))
    assert [document.file for document in ledger.batch_documents(key)] == ["0001.png"]
