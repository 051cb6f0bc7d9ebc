from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, select

from ocr_pipeline.storage.launches import enter_files
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import Arrival
from ocr_pipeline.storage.schema import batches

FILES = [Arrival(file=str(number), object_key=f"launched/{number}", etag="e", size=1) for number in range(60)]


def test_two_launches_of_the_same_files_enter_each_once(engine: Engine, ledger: Ledger) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: enter_files(engine, FILES, "default", size=7, limit=100), range(2)))

    assert sum(sum(entered.batches.values()) for entered in both) == len(FILES)
    documents = ledger.documents_of([file.object_key for file in FILES])
    assert len(documents) == len(FILES)
    with engine.connect() as connection:
        there = set(connection.scalars(select(batches.c.key)))
    assert there == {document.batch for document in documents}
    assert there == {key for entered in both for key in entered.batches}


def test_files_are_entered_in_one_order_so_that_no_two_block_each_other(engine: Engine, ledger: Ledger) -> None:
    enter_files(engine, FILES[::-1], "default", size=60, limit=100)

    documents = ledger.documents_of([file.object_key for file in FILES])
    entered = sorted(documents, key=lambda document: document.id)
    assert [document.object_key for document in entered] == sorted(file.object_key for file in FILES)
