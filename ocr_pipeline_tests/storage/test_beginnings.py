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


def test_work_that_goes_on_in_the_next_stage_has_not_begun_anew(engine: Engine, ledger: Ledger) -> None:
    batch, (id_,) = ledger.register_batch(arrivals(1))
    run = Beginnings(engine)
    assert [run.begin(id_, stage) for stage in ("normalized_images", "ocr_text")] == [1, 1]
    assert run.begun([batch]) == {id_: 1}
    run.end(id_)
    assert run.begun([batch]) == {}


def test_it_counts_in_whichever_stage_work_came_to_no_end(engine: Engine, ledger: Ledger) -> None:
    batch, (id_, other) = ledger.register_batch(arrivals(1, 2))
    stages = ("raw_images", "ocr_text", "ocr_text")
    assert [Beginnings(engine).begin(id_, stage) for stage in stages] == [1, 2, 3]
    assert Beginnings(engine).begin(other, "ocr_text") == 1
    run = Beginnings(engine)
    assert run.begun([batch]) == {id_: 3, other: 1}
    run.begin(id_, "structured_records")
    run.end(id_)
    assert run.begun([batch]) == {other: 1}


def test_work_on_a_cancelled_document_does_not_begin(engine: Engine, ledger: Ledger) -> None:
    batch, (id_, other) = ledger.register_batch(arrivals(1, 2))
    assert ledger.is_wanted(id_)
    assert cancel_document(engine, id_)
    assert not ledger.is_wanted(id_)
    run = Beginnings(engine)
    assert run.begin(id_, "ocr_text") is None
    assert run.begin(other, "ocr_text") == 1
    assert run.begun([batch]) == {other: 1}
