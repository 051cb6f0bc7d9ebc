from sqlalchemy import Engine

from ocr_pipeline.storage.beginnings import Beginnings
from ocr_pipeline.storage.cancellation import cancel_document
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline_tests.storage.test_ledger import arrivals


def test_work_that_came_to_no_end_is_counted_from_run_to_run(engine: Engine, ledger: Ledger) -> None:
    _, (id_,) = ledger.register_batch(arrivals(1))
    runs = [Beginnings(engine) for _ in range(3)]
    assert [run.begin(id_, "ocr_text") for run in runs] == [1, 2, 3]
    runs[-1].end(id_)
    assert Beginnings(engine).begin(id_, "ocr_text") == 1


def test_work_in_one_stage_ends_where_it_begins_in_the_next(engine: Engine, ledger: Ledger) -> None:
    batch, (id_,) = ledger.register_batch(arrivals(1))
    run = Beginnings(engine)
    run.begin(id_, "normalized_images")
    assert run.begin(id_, "ocr_text") == 1
    assert run.begun([batch]) == {"ocr_text": {id_: 1}}
    run.end(id_)
    assert run.begun([batch]) == {}


def test_work_on_a_cancelled_document_does_not_begin(engine: Engine, ledger: Ledger) -> None:
    batch, (id_, other) = ledger.register_batch(arrivals(1, 2))
    assert ledger.is_wanted(id_)
    assert cancel_document(engine, id_)
    assert not ledger.is_wanted(id_)
    run = Beginnings(engine)
    assert run.begin(id_, "ocr_text") is None
    assert run.begin(other, "ocr_text") == 1
    assert run.begun([batch]) == {"ocr_text": {other: 1}}
