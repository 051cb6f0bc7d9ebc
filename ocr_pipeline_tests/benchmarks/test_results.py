import pytest

from benchmarks.contenders import CONTENDERS, Name
from benchmarks.measure import Measured
from benchmarks.results import Result, figures

TRUTHS = [
    {"id": "a", "kind": "letter", "text_lines": ["DEAR SIR", "THE GOODS ARRIVED"]},
    {"id": "b", "kind": "letter", "text_lines": ["YOURS"]},
]


def measured(name: Name, seconds: list[float], read: list[str]) -> Result:
    rounds = [Measured({"a": read, "b": ["YOURS"]}, 2, wall, None, 1.0, 200_000_000, {}) for wall in seconds]
    return Result(CONTENDERS[name], rounds=rounds)


def test_speed_is_that_of_the_fastest_round_and_compared_with_stock_easyocr() -> None:
    found = figures(
        {
            Name.EASYOCR: measured(Name.EASYOCR, [10.0, 8.0], ["DEAR SIR"]),
            Name.PIPELINE_1_CORE: measured(Name.PIPELINE_1_CORE, [0.5, 0.4], ["DEAR SIR", "THE GOODS ARRIVED"]),
        },
        TRUTHS,
    )
    stock, ours = found[Name.EASYOCR], found[Name.PIPELINE_1_CORE]
    assert (stock.seconds_per_page, stock.pages_per_second, stock.times_easyocr) == (4.0, 0.25, 1.0)
    assert ours.seconds_per_page == pytest.approx(0.2)
    assert ours.times_easyocr == pytest.approx(20.0)
    assert (ours.word_f1, ours.cer) == (1.0, 0.0)
    assert stock.word_f1 == pytest.approx(2 * 3 / (6 + 3))
    assert stock.cer is not None
    assert stock.cer > 0.4


def test_without_stock_easyocr_nothing_is_compared() -> None:
    found = figures({Name.RAPIDOCR: measured(Name.RAPIDOCR, [1.0], [])}, TRUTHS)
    assert found[Name.RAPIDOCR].times_easyocr is None
