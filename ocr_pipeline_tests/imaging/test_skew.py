import numpy as np
import pytest

from ocr_pipeline.imaging.skew import skew
from ocr_pipeline.samples.generate import clean_pages
from ocr_pipeline.samples.wear import turned
from ocr_pipeline_tests.drawing import letter


@pytest.mark.parametrize("angle", [-15.0, -6.0, -0.7, 0.0, 0.7, 6.0, 15.0])
@pytest.mark.parametrize("quarter", [0, 90, 180, 270])
def test_the_skew_of_a_page_is_found_whichever_way_up_it_lies(quarter: int, angle: float) -> None:
    assert abs(skew(turned(letter(), quarter + angle)) - angle) < 0.3


def test_the_skew_of_a_receipt_on_a_table_is_found() -> None:
    """The edges of the paper and the table's grain are no text."""
    (receipt,) = clean_pages(0, 0, 200)[1]
    table = np.full((receipt.shape[0] + 300, receipt.shape[1] + 300, 3), 80, np.uint8)
    table[150:-150, 150:-150] = receipt
    assert abs(skew(turned(table, 8)) - 8) < 0.3


@pytest.mark.parametrize("shape", [(1, 1, 3), (2000, 1400, 3), (5000, 2, 3), (1, 3000, 3)])
def test_a_blank_page_has_no_skew(shape: tuple[int, int, int]) -> None:
    assert skew(np.full(shape, 255, np.uint8)) == 0


def test_specks_have_no_skew() -> None:
    page = np.full((1000, 800, 3), 255, np.uint8)
    for x, y in np.random.default_rng(0).integers(0, 780, (400, 2)):
        page[y : y + 6, x : x + 5] = 0
    assert skew(page) == 0
