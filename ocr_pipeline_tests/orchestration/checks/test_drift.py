from collections.abc import Sequence

import pytest

from ocr_pipeline.orchestration.checks.drift import compare
from ocr_pipeline.storage.batch_statistics import BatchStatistics
from ocr_pipeline_tests.orchestration.checks.made import GOOD, earlier, numbers

MOST = 0.15


def drifted(batch: BatchStatistics, before: Sequence[BatchStatistics], most_drift: float = MOST) -> set[str]:
    return {each.what for each in compare(batch, before, most_drift) if each.is_drift}


def test_a_batch_like_the_others_has_not_drifted() -> None:
    assert drifted(GOOD, earlier()) == set()


def test_confidence_and_fields_drift_in_either_direction() -> None:
    batch = numbers(confidence=0.6, filled={"total": 188, "vendor_name": 90, "iban": 100})

    assert drifted(batch, earlier()) == {"mean confidence", "vendor_name", "iban"}
    assert drifted(batch, earlier(), most_drift=0.9) == set()


def test_a_field_that_vanishes_drifts_and_so_does_one_that_is_new() -> None:
    batch = numbers(filled={"vendor_name": 171, "iban": 0, "due_date": 150})

    assert drifted(batch, earlier()) == {"total", "due_date"}


@pytest.mark.parametrize(("documents", "count"), [(9, 30), (200, 9), (9, 9), (200, 0)])
def test_too_few_to_tell(documents: int, count: int) -> None:
    batch = numbers(documents=documents, rejected=0, confidence=0.0, filled={})

    assert compare(batch, earlier(count), MOST) == []


def test_batches_of_which_nothing_was_read_do_not_count() -> None:
    nothing = [numbers(rejected=200, confidence=None, filled={})] * 30

    assert compare(GOOD, nothing, MOST) == []
    assert drifted(GOOD, [*earlier(10), *nothing]) == set()


def test_where_batches_differ_anyhow_one_more_that_differs_is_none_to_look_into() -> None:
    """Receipts, which have no IBAN, in one batch and invoices in the next."""
    mixed = [each._replace(filled={"iban": 190 * (number % 2)}) for number, each in enumerate(earlier())]

    assert drifted(numbers(filled={"iban": 190}), mixed) == set()
    assert drifted(numbers(filled={"iban": 190}), earlier(filled={"iban": 0})) == {"iban"}


def test_a_small_batch_may_be_farther_away() -> None:
    """Of ten documents seven have a vendor, where nine in ten did: that happens."""
    small = numbers(documents=10, rejected=0, filled={"vendor_name": 7, "total": 10})
    large = numbers(documents=1000, rejected=0, filled={"vendor_name": 700, "total": 1000})

    assert drifted(small, earlier()) == set()
    assert drifted(large, earlier()) == {"vendor_name"}


def test_earlier_batches_are_weighed_by_their_documents() -> None:
    large = numbers(batch="large", documents=10_000, rejected=0, confidence=0.9, filled={"total": 10_000})
    tiny = [numbers(batch=f"tiny {number}", documents=1, rejected=0, confidence=0.1, filled={}) for number in range(29)]

    confidence = next(each for each in compare(large, [*tiny, large._replace(batch="other")], MOST))

    assert confidence.before == pytest.approx((29 * 0.1 + 10_000 * 0.9) / 10_029)
