"""The benchmarks of throughput, as far as they need no running stack."""

import pytest

from benchmarks import against_easyocr, two_workers
from benchmarks.post_ocr import Receipt


def test_two_workers_are_compared_by_medians() -> None:
    found = two_workers.summary({1: [2.0, 1.9, 2.1], 2: [3.8, 4.0, 9.0]}, {1: 2.5, 2: 4.5})
    assert found["one worker, documents a second"] == 2.0
    assert found["two workers, documents a second"] == 4.0
    assert found["ratio"] == 2.0
    assert found["computing alone, ratio"] == 1.8


def test_easyocr_counts_by_its_rate() -> None:
    found = against_easyocr.summary(100, ours=50.0, theirs=[10.0, 12.0, 8.0])
    assert found["pipeline, documents a second"] == 2.0
    assert found["EasyOCR, documents a second"] == pytest.approx(0.1)
    assert found["ratio"] == 20.0


@pytest.mark.parametrize(("most", "chosen"), [(3, ["0", "3", "6"]), (10, [str(number) for number in range(10)])])
def test_files_for_easyocr_are_chosen_evenly(most: int, chosen: list[str]) -> None:
    receipts = [Receipt(str(number), b"") for number in range(10)]
    assert [receipt.name for receipt in against_easyocr.evenly(receipts, most)] == chosen
