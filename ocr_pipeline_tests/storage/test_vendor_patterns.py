from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, delete, insert, select

from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.patterns_schema import vendor_lessons
from ocr_pipeline.storage.schema import documents
from ocr_pipeline.storage.schema import ledger as ledger_table
from ocr_pipeline.storage.vendor_patterns import VendorPatternStore
from ocr_pipeline.validation.patterns.date_order import DateOrder
from ocr_pipeline.validation.patterns.lesson import Lesson

OAK, ELM = "name:0AK8AKERY", "name:E1MCAFE"


@pytest.fixture
def store(engine: Engine) -> VendorPatternStore:
    return VendorPatternStore(engine, "acme")


@pytest.fixture
def ids(engine: Engine, ledger: Ledger) -> list[str]:
    """Thirty documents that stand in the tables, in the order in which they came."""
    files = [Arrival(file=str(number), object_key=str(number), etag="e", size=1) for number in range(30)]
    ids = ledger.register_batch(files)[1]
    write(engine, ids)
    return ids


def write(engine: Engine, ids: list[str]) -> None:
    """Puts documents into the tables, in place of those of an earlier run, as a batch does."""
    row = {"state": "accepted", "kind": "receipt", "confidence": 0.9, "verdict": {}, "version": "1"}
    with engine.begin() as connection:
        connection.execute(delete(documents).where(documents.c.document_id.in_(ids)))
        connection.execute(insert(documents), [{"document_id": id_, **row} for id_ in ids])


def lesson(order: DateOrder, *keys: str) -> Lesson:
    return Lesson(keys=keys or (OAK,), date_order=order, vendor_name="Oak Bakery")


DAY, MONTH = (lesson(order) for order in DateOrder)


def test_what_documents_taught_is_counted_by_vendor(store: VendorPatternStore, ids: list[str]) -> None:
    store.learn({ids[0]: DAY, ids[1]: MONTH, ids[2]: DAY, ids[3]: lesson(DateOrder.MONTH_FIRST, ELM)})
    known = store.load([OAK, ELM, "name:UNKN0WN"])
    assert known.keys() == {OAK, ELM}
    assert known[OAK].documents == 3
    assert known[OAK].date_orders == {"day_first": 2, "month_first": 1}
    assert known[OAK].vendor_names == {"Oak Bakery": 3}
    assert known[ELM].documents == 1


def test_a_vendor_is_found_by_each_of_its_keys(store: VendorPatternStore, ids: list[str]) -> None:
    store.learn({ids[0]: lesson(DateOrder.DAY_FIRST, OAK, "tax:DE136695976")})
    assert store.load(["tax:DE136695976"])["tax:DE136695976"].documents == 1
    assert store.load([OAK])[OAK].key == OAK


def test_a_document_never_counts_twice(engine: Engine, store: VendorPatternStore, ids: list[str]) -> None:
    store.learn({ids[0]: DAY, ids[1]: DAY})
    store.learn({ids[0]: lesson(DateOrder.MONTH_FIRST, ELM)})
    assert {key: known.documents for key, known in store.load([OAK, ELM]).items()} == {OAK: 1, ELM: 1}
    write(engine, ids[:2])  # the batch runs again
    assert store.load([OAK, ELM]) == {}
    store.learn({ids[0]: DAY, ids[1]: DAY})
    assert store.load([OAK])[OAK].documents == 2


def test_a_batch_that_runs_again_is_not_taught_by_itself(store: VendorPatternStore, ids: list[str]) -> None:
    store.learn({ids[0]: DAY, ids[1]: DAY})
    assert store.load([OAK], without=[ids[0]])[OAK].documents == 1
    assert store.load([OAK], without=ids) == {}


def test_only_the_latest_documents_count(store: VendorPatternStore, ids: list[str]) -> None:
    """A vendor that changes its habits is understood again."""
    store.learn({id_: MONTH if number < 15 else DAY for number, id_ in enumerate(ids)})
    known = store.load([OAK])[OAK]
    assert known.date_orders == {"day_first": 15, "month_first": 5}


def test_a_document_that_is_deleted_takes_its_lesson_along(
    engine: Engine, store: VendorPatternStore, ids: list[str]
) -> None:
    store.learn({ids[0]: DAY, ids[1]: DAY})
    with engine.begin() as connection:
        connection.execute(delete(documents).where(documents.c.document_id == ids[0]))
        connection.execute(delete(ledger_table).where(ledger_table.c.id == ids[1]))
        assert connection.execute(select(vendor_lessons)).all() == []


def test_who_does_not_stand_in_the_tables_teaches_nothing(store: VendorPatternStore, ids: list[str]) -> None:
    store.learn({ids[0]: DAY, "in quarantine": DAY})
    assert store.load([OAK])[OAK].documents == 1


def test_two_runs_of_one_batch_do_not_disturb_each_other(store: VendorPatternStore, ids: list[str]) -> None:
    with ThreadPoolExecutor() as pool:
        for _ in pool.map(store.learn, [dict.fromkeys(ids[:10], DAY)] * 8):
            assert store.load([OAK])[OAK].documents == 10


def test_nothing_asked_and_nothing_learned(store: VendorPatternStore, ids: list[str]) -> None:
    store.learn({})
    assert store.load([]) == {}
    assert store.load([OAK]) == {}


def test_what_one_tenants_documents_taught_another_does_not_know(engine: Engine, ids: list[str]) -> None:
    acme, globex = (VendorPatternStore(engine, tenant) for tenant in ("acme", "globex"))
    acme.learn({ids[0]: DAY})
    assert globex.load([OAK]) == {}
    globex.learn({ids[1]: MONTH})
    assert acme.load([OAK])[OAK].date_orders == {"day_first": 1}
    assert globex.load([OAK])[OAK].date_orders == {"month_first": 1}
