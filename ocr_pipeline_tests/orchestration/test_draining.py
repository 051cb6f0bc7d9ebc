from collections.abc import Iterator
from ctypes import c_double
from math import inf
from multiprocessing.sharedctypes import RawValue

import pytest
from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.test_utils import create_run_for_test

from ocr_pipeline.orchestration import draining
from ocr_pipeline.storage.ledger import Ledger
from ocr_pipeline.storage.ledger_rows import NOBODY, Arrival


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "_end", RawValue(c_double, inf))
    monkeypatch.setattr(draining._Process, "hands_back", False)


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as instance:
        yield instance


def test_a_run_goes_on_until_its_time_is_up() -> None:
    draining.stop_if_draining()
    draining.begin(60.0)
    draining.stop_if_draining()
    assert not draining.hands_back()

    draining.begin(0.0)
    with pytest.raises(draining.Draining, match="told to stop") as caught:
        draining.stop_if_draining()
    assert not caught.value.allow_retries
    assert draining.hands_back()

    draining.begin(60.0)  # a second word gives no more time
    with pytest.raises(draining.Draining):
        draining.stop_if_draining()


@pytest.mark.parametrize(("status", "is_handed_back"), [("FAILURE", True), ("SUCCESS", False)])
def test_what_is_handed_back_is_looked_at_at_once(
    instance: DagsterInstance, ledger: Ledger, status: str, is_handed_back: bool
) -> None:
    batch, _ = ledger.register_batch([Arrival("a.png", "inbox/a.png", "e", 1)], NOBODY)
    ledger.take_unfinished_batches(0.0)
    run = create_run_for_test(instance, tags={"dagster/partition": batch}, status=DagsterRunStatus(status))

    draining.hand_back(instance, run.run_id, ledger)

    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    assert (draining.HANDED_BACK_TAG in found.tags) is is_handed_back
    assert bool(ledger.take_unfinished_batches(3600.0)) is is_handed_back


def test_a_run_that_never_was_is_no_matter(instance: DagsterInstance, ledger: Ledger) -> None:
    batch, _ = ledger.register_batch([Arrival("a.png", "inbox/a.png", "e", 1)], NOBODY)
    ledger.take_unfinished_batches(0.0)

    draining.hand_back(instance, "none", ledger)

    assert instance.get_runs_count() == 0
    assert batch not in {unfinished.key for unfinished in ledger.take_unfinished_batches(3600.0)}
